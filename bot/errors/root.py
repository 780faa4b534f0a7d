"""The root of the tree."""

from __future__ import annotations


class DarkroomError(Exception):
    """The root: everything below is foreseen and can be explained to somebody."""
