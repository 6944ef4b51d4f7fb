"""The figures we hold ourselves to, each measured beside a baseline of the same run: `script/bench`.

Whole processes only: the gateway and its simulated modems as a user runs them, wrk as the client. Not one is a test.
"""
