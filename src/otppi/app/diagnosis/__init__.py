"""The doctor's verdicts: facts in, findings out. Pure; what gathers the facts is `otppi.cli.doctor`.

Each function judges one thing and says, where it is not well, what to do.
"""
