"""Styles in requests: found by name, and applied to what a member gave."""
