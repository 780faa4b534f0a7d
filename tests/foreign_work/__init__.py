"""ComfyUI is used by its owner too: what the bot says, and that it touches nothing of theirs."""
