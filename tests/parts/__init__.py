"""Changing a part of an image: the pure geometry, the private reply, and what comes out of ComfyUI."""
