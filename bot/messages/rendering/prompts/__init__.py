"""A prompt's own syntax in words: what was understood of it, and what is wrong with it."""
