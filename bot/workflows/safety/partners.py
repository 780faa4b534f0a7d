"""Partner nodes: ComfyUI's own API nodes, which ask services of others and cost credits. Pure."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from bot.workflows.graphs.graph import Graph
from bot.workflows.graphs.object_info import ObjectInfo

PARTNERS: Final[tuple[str, ...]] = (
    *("*ApiNode*", "Kling*Node", "IdeogramV*", "Recraft*Node", "Luma*Node"),
    *("Minimax*Node", "Pixverse*Node", "Runway*Node", "StabilityStable*Node", "FluxPro*Node", "Veo*Node", "Vidu*Node"),
    *("ByteDance*Node", "Tripo*Node", "Rodin3D_*", "Moonvalley*Node", "Topaz*", "Sora*Node", "LtxvApi*"),
)
"""How partner nodes are called, for servers that do not list their nodes."""
SERVICES: Final[tuple[str, ...]] = (
    *("*OpenAI*", "*ChatGPT*", "*GPT4*", "*Gemini*", "*Anthropic*", "*Claude*", "*Ollama*", "Griptape*", "*Grok*Node"),
    *("*API", "*API_*", "* API *", "*Api", *PARTNERS),
)
"""Nodes that ask services which somebody pays for: ComfyUI's partner nodes and other people's."""
_PAID: Final = ("comfy_api_nodes", "api node", "api nodes")
"""How the module or the category of ComfyUI's own API nodes begins."""


def partner_nodes(graph: Graph, infos: Iterable[ObjectInfo] = ()) -> tuple[str, ...]:
    """The node classes of a graph that are partner nodes, each once. A server that has a class says so; where none has
    it, its name tells.
    """
    known = tuple(infos)
    return tuple(one for one in dict.fromkeys(node["class_type"] for node in graph.values()) if is_partner(one, known))


def is_partner(class_type: str, infos: Iterable[ObjectInfo]) -> bool:
    """Whether this is a partner node."""
    entries = [entry for info in infos if (entry := info.entry(class_type))]
    if not entries:
        return _is_one_of(class_type, PARTNERS)
    return any(_costs(entry.get("api_node"), entry.get("python_module"), entry.get("category")) for entry in entries)


def may_be_partner(class_type: str, infos: Iterable[ObjectInfo]) -> bool:
    """The same for a graph that was checked when it was uploaded: without a server, any service's node may be one."""
    known = tuple(infos)
    return is_partner(class_type, known) or (not known and _is_one_of(class_type, SERVICES))


def _costs(api_node: object, *told: object) -> bool:
    return api_node is True or any(isinstance(one, str) and one.startswith(_PAID) for one in told)


def _is_one_of(class_type: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(class_type.strip(), pattern) for pattern in patterns)
