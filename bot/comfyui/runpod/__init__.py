"""RunPod serverless: endpoints that run ComfyUI in worker-comfyui (5.0 or newer)."""
