"""The words that moderators list, and how people write them to get past a list."""
