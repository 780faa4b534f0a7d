"""What members set for themselves: their defaults for /imagine, and when the bot tells them that a job is over."""
