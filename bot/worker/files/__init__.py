"""A job's files: up to its server, down from it, checked, and as Discord takes them."""
