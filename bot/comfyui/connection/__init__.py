"""The connection to one ComfyUI server: HTTP and websocket."""
