"""The use cases: the only floor that puts steps in order. Knows ports, never their implementations."""
