"""What the people who run the bot do with its machines."""
