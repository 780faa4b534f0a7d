"""Styles: named looks, added to what a member types."""
