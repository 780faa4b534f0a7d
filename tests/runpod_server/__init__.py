"""A stand-in for RunPod serverless with worker-comfyui, in front of a ComfyUI (the stand-in or a real one).

Routes, states and bodies are those of RunPod's documentation (docs.runpod.io/serverless/endpoints/send-requests); what
the worker answers is what `handler.py` of worker-comfyui 5 answers. The local API of the package `runpod` cannot stand
in: it takes only POST for `/status` and runs the job during that request, and has neither `/cancel` nor `/health`.
"""

from tests.runpod_server.server import RunPodStandIn

__all__ = ["RunPodStandIn"]
