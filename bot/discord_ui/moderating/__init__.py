"""What moderators do, and what holds because of it."""
