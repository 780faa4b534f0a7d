"""`/moderate`, and the buttons that moderators press."""
