"""Runs one claimed job, from its upload to its delivery."""
