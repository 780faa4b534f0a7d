"""Comfy API v2: Comfy Cloud, managed deployments, and a proxy in front of one's own ComfyUI, as a kind of server."""
