"""Imported by ComfyUI's Cosmos and ACE models."""
