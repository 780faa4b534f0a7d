"""From a pack and values to a graph: for a server, and for somebody else's ComfyUI."""
