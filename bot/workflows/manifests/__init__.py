"""Packs: a graph and what its author, or its shape, says about it."""
