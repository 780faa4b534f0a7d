"""Servers with Comfy API v2: the proxy package, behind a gate that checks every body against the API's contract."""

from tests.api_v2.gate import TOKEN, Gate, error
from tests.api_v2.installation import Installation, installation

__all__ = ["TOKEN", "Gate", "Installation", "error", "installation"]
