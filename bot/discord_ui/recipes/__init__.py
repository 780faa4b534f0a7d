"""Recipes of images: show one, reuse one, or use the image as an input."""
