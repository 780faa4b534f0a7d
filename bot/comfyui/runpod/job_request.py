"""What is sent to RunPod to run a graph: the graph, its input files, and how long it may take.

A request is limited to 10 MB (docs.runpod.io/serverless/endpoints/send-requests), and input files are part of it.
"""

import json
import re
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

from bot.errors import Refused
from bot.workflows import Graph

EXECUTION_SECONDS: Final = 15 * 60
"""RunPod stops a job that runs longer. This is the most that a job which nobody can find again may cost."""
TTL_SECONDS: Final = 60 * 60
"""RunPod forgets a job this long after it was sent, whether it waits, runs or is over."""
MOST_REQUEST: Final = 10_000_000
"""Bytes of a whole request."""
_MOST_KEPT: Final = 32_000_000
"""Characters of base64 that are kept for graphs yet to be sent."""
_TOO_LARGE: Final = 413
_PLAIN_NODE_ID: Final = re.compile(r"[0-9]{1,12}(?::[0-9]{1,12}){0,8}")
_NAMED: Final = re.compile(r"darkroom-([0-9]{1,12}(?:-[0-9]{1,12}){0,8})_[0-9]+_?\.[A-Za-z0-9]+")


class InputFiles:
    """Input files by name, in base64, until a graph that names them is sent. The oldest make room for new ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, str] = OrderedDict()

    def keep(self, name: str, content: bytes | BinaryIO) -> None:
        """Reads the file, so this belongs into a thread. Raises `Refused` if no request could hold it."""
        most = MOST_REQUEST * 3 // 4
        read = content if isinstance(content, bytes) else content.read(most + 1)
        if len(read) > most:
            raise Refused("/upload/image", _TOO_LARGE, f"{name}: a request holds {MOST_REQUEST} bytes")
        self._kept.pop(name, None)
        self._kept[name] = b64encode(read).decode()
        while sum(map(len, self._kept.values())) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def named_in(self, graph: Graph) -> Mapping[str, str]:
        """Those that the graph names."""
        texts = {value for node in graph.values() for value in node["inputs"].values() if isinstance(value, str)}
        return {name: content for name, content in self._kept.items() if name in texts}


def job_request(graph: Graph, files: Mapping[str, str], partner_key: str = "") -> bytes:
    """The body of `/run`. `partner_key` pays for partner nodes (README of worker-comfyui). Raises `Refused` if it would
    be too large.
    """
    told: dict[str, Any] = {"workflow": _named_by_node(graph)}
    if files:
        told["images"] = [{"name": name, "image": content} for name, content in files.items()]
    if partner_key:
        told["comfy_org_api_key"] = partner_key
    policy = {"executionTimeout": EXECUTION_SECONDS * 1000, "ttl": TTL_SECONDS * 1000}
    body = json.dumps({"input": told, "policy": policy}).encode()
    if len(body) > MOST_REQUEST:
        route = "/upload/image" if files else "/prompt"
        raise Refused(route, _TOO_LARGE, f"{len(body)} bytes, where a request holds {MOST_REQUEST}")
    return body


def _named_by_node(graph: Graph) -> Graph:
    """The graph, where each file's name says which node saved it. The worker tells nothing else of a file, and its
    disk is gone once it sleeps, so nobody misses the other names.
    """
    return {
        node_id: {**node, "inputs": {**node["inputs"], "filename_prefix": f"darkroom-{node_id.replace(':', '-')}"}}
        if isinstance(node["inputs"].get("filename_prefix"), str) and _PLAIN_NODE_ID.fullmatch(node_id)
        else node
        for node_id, node in graph.items()
    }


def node_of(filename: str) -> str:
    """The node that saved this file; empty if its name does not say so."""
    found = _NAMED.fullmatch(filename)
    return "" if found is None else found[1].replace("-", ":")
