"""What moderators review: held requests, reported images, and failed jobs."""
