"""The AT engine: pure, sans-I/O. No clock, no port, no logging; bytes in, events and bytes out."""
