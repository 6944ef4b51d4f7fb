"""Doors to brokers, a file for each protocol; its library is imported with the file, and the file only when a
subscriber of the protocol is run. To add a protocol see docs/how-to/add-a-broker.md."""
