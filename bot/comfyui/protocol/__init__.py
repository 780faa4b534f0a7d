"""What a ComfyUI says, as values. Pure."""
