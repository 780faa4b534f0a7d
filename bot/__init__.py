"""Darkroom: ComfyUI in a Discord server."""
