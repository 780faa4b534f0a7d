"""`/moderate limits`, `channels`, `words` and `check`."""
