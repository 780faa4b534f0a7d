"""What moderators are asked, where, and how it ended."""
