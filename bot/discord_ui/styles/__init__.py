"""`/style`: the styles of a guild, for its moderators."""
