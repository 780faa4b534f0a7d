"""Anything that an outsider can write, thrown at what reads it: only the errors that are documented, and no more time
than the input is long. Each input that ever broke something stays here as an example.
"""
