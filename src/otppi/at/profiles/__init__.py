"""Vendor profiles, one file each; `table` is the only registry."""
