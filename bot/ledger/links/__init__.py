"""Links to the bot's own web page."""
