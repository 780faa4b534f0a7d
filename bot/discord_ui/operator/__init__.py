"""What the people who run the bot see and do about the servers that it is in."""
