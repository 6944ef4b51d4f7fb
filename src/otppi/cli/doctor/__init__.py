"""`otppi doctor`: gathers facts about directory, machine and gateway; the verdicts are `otppi.app.diagnosis`.

It changes nothing but a scratch file of its own, which it takes away.
"""
