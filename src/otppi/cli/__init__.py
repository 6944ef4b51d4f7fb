"""The command `otppi`: reads arguments, calls, prints. What the commands do is in `otppi.app.operations`.

Each group is imported when it is used, and none imports a web stack, so that a command answers at once.
Exit codes: 0 done, 1 refused (the reason on stderr), 2 usage.
"""
