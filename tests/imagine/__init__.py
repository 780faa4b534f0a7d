"""Every option of /imagine, from what a member types to the graph that ComfyUI gets."""
