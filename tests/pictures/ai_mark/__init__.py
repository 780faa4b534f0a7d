"""The mark that a machine made a file."""
