"""One ComfyUI over HTTP and websocket."""
