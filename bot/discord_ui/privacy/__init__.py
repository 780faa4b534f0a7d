"""`/privacy`: what the bot keeps about a member, handed out and erased."""
