"""The queue: who waits where, who runs next, and what happens to a claim."""
