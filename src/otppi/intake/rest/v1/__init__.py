"""Our own paths: `/v1/...` and `/health`. A request passes `guard`, then Litestar, then one handler of one subject.

Add a path: a handler in the file of its subject (`messages.py` shows the pattern), its name in that file's `handlers`,
a new subject in `assembly.v1_app`. The handler reads fields into a msgspec Struct, calls one use case of `otppi.app.v1`
and returns a Struct; refusals are raised and become problems (`problems.py`).
"""
