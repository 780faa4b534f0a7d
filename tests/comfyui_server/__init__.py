"""A protocol-true ComfyUI without a GPU, for tests and for the demo."""

from tests.comfyui_server.faults import OUT_OF_MEMORY, Failure, Faults
from tests.comfyui_server.server import FULL_PREVIEW, ComfyUIStandIn
from tests.comfyui_server.versions import VersionName

__all__ = ["FULL_PREVIEW", "OUT_OF_MEMORY", "ComfyUIStandIn", "Failure", "Faults", "VersionName"]
