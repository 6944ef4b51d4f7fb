"""What the application needs from the outside, one small Protocol per file, in the core's own words."""
