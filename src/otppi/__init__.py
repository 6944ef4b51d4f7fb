"""OTP-Pi: an SMS and one-time-password gateway for GSM modems."""

__version__ = "0.1.0"
BUILD_TIME = 1_795_305_600
"""Unix seconds of the day this version was built (2026-11-22). A clock that is earlier is not to be trusted."""
