"""ComfyUI's graphs: their nodes and links, what nodes take, and what members may set."""
