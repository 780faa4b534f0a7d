"""Workflows and images that people bring, read as graphs and recipes."""
