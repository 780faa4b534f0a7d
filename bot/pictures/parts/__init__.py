"""Changing a part of an image: its mask, a larger frame, and putting the new part into the original."""
