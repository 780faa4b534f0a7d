"""ComfyUI's graphs: their nodes and links, what nodes take, and what of it a member may set."""
