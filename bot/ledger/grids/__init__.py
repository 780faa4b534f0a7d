"""Grids: one prompt in many variants, each of which is a job of its own."""
