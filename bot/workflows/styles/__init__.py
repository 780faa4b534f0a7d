"""Styles: a look with a name, added to what a member types."""
