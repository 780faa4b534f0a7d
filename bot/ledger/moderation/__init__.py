"""What moderators decide, and the log of it."""
