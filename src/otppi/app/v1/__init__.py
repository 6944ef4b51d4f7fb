"""What only `/v1` can ask: use cases beside the documented commands, each in the file of its subject.

They stand on the same acceptance, codes and delivery as every other door; nothing here sends or stores on its own.
Raises of all of them: `domain.replies.Refusal` for what the caller must change, `ports.store.NotFound` for a row that
is not the caller's, `domain.replies.Unavailable` where nothing can be promised.
"""
