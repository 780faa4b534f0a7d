"""Thirty workflows as people bring them, and what each should let a member set: written down before it was tried."""
