"""Stands in for torchvision: ComfyUI imports it at start, for models that the tests do not run."""
