"""What Discord says about members, for whom the bot lacks the privileged intent."""
