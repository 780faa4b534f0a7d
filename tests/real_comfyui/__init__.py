"""A real ComfyUI for the tests: made once, started as a separate process on 127.0.0.1."""

from tests.real_comfyui.installation import CannotInstall, install
from tests.real_comfyui.server import RealComfyUI, Restartable, restartable, running, startable

__all__ = ["CannotInstall", "RealComfyUI", "Restartable", "install", "restartable", "running", "startable"]
