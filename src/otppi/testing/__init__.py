"""Fakes and players that ship with the product: held to the same contract suites as what they stand for."""
