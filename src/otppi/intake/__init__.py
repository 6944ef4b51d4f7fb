"""Doors: each takes requests off one protocol, hands them to the gateway and gives the answer back.

A door connects, receives, signs the caller in and acknowledges; it holds no business word.
"""
