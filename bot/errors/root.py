"""The root of the tree."""

from __future__ import annotations


class DarkroomError(Exception):
    """The root. Every error below it is expected and can be explained to people."""
