"""Grids: what their axes say, what their sheets look like, and all that may happen to one."""
