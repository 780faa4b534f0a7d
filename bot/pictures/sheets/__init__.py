"""Labelled sheets of many small images."""
