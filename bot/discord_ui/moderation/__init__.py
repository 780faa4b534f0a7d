"""`/moderate`, and what moderators press."""
