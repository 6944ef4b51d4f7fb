"""`python -m otppi` and the command `otppi`."""

from __future__ import annotations

import sys

from otppi.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
