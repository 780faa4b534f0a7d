"""What moderators do with a guild's styles."""
