"""The root of the tree."""


class DarkroomError(Exception):
    """The root. Every error below it is expected and can be explained to people."""
