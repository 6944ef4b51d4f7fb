"""What the owner's commands do, one file per subject; see `table.Operations` for the one door to them.

Must not read sockets, terminals or files: parameters come in as JSON values, results go out as JSON values.
"""
