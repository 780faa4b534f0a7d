"""Workflows that administrators upload: checking, storing and loading them."""
