"""The slash commands that Discord has: made from workflows, kept equal, given to others by admins."""
