"""Subscribers at work: connecting, what becomes of each message, what is answered and what is told of it."""
