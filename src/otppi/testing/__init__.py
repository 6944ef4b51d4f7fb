"""Fakes that ship: they keep the same contracts as the real things, and the contract suites prove it."""
