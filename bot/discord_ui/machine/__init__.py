"""What whoever runs the bot does with its machines."""
