"""The stand-in's GPU: images out of words and numbers, with Pillow alone."""

from tests.comfyui_server.painting.looks import apply_look
from tests.comfyui_server.painting.painter import Scene, develop, paint, restyle

__all__ = ["Scene", "apply_look", "develop", "paint", "restyle"]
