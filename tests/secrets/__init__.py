"""Passwords and tokens stay where they belong, files are private, and no text moves a cursor."""
