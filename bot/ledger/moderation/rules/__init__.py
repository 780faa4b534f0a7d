"""What moderators set for a guild."""
