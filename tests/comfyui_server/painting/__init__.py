"""The stand-in's GPU: images out of words and numbers, with Pillow alone."""

from tests.comfyui_server.painting.painter import Scene, develop, paint, restyle

__all__ = ["Scene", "develop", "paint", "restyle"]
