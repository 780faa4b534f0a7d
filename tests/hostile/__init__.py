"""The whole program before a ComfyUI that misbehaves: one member's job meets it, everybody else gets their images."""
