"""The owner's way to a running gateway: a socket in its data directory that only the owner's processes can open.

Must not know what an operation does, nor touch the store. `client` is plain blocking code without asyncio, so that
a command answers at once.
"""
