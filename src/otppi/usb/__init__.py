"""Resetting a modem by its USB device: a helper that runs as root, and the hand that asks it. Off unless the owner says
so. Not yet run on hardware: the rules are tested against a tree that is laid out as sysfs.
"""
