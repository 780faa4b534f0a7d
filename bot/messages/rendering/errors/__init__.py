"""Errors in words, for members."""
