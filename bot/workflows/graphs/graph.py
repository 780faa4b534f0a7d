"""An API-format ComfyUI graph: its shape, its links, its titles."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NotRequired, Self, TypeAlias, TypedDict

from bot.errors import Fault, PackError
from bot.errors.readable_faults import told


class Meta(TypedDict, total=False):
    """What the ComfyUI editor adds to a node."""

    title: str


class Node(TypedDict):
    """One node. An input is a plain value or a link `[node_id, output_index]`."""

    class_type: str
    inputs: dict[str, object]
    _meta: NotRequired[Meta]


Graph: TypeAlias = Mapping[str, Node]
"""node_id -> node, exactly as ComfyUI exports it in API format and takes it at POST /prompt."""


MOST_BYTES: Final = 2**20
"""Of a workflow file: ten times a large one."""
MOST_NODES: Final = 1000
MOST_INPUTS: Final = 10_000
"""The largest of ComfyUI's templates have about 150 nodes."""
_MOST_SIGNS: Final = {"[": 50_000, "{": 50_000, '"': 80_000, ",": 100_000}
"""The most of each character in a file, those in its texts included. Counting them is quick; parsing them is slow."""
_MOST_VALUES: Final = 40_000
"""Inputs, and what is in the lists and objects that they hold."""
_DEEPEST: Final = 20
"""Lists in lists in an input's value; a few nodes of the editor need three."""
LARGEST: Final = 2**64
"""ComfyUI's seeds end below it. In JSON and TOML a number may have any number of digits, more than a float can hold."""
_LONGEST_CLASS: Final = 200
"""Characters of a node class's name, which is matched against many patterns."""
_LONGEST_NAME: Final = 80
_NO_WORKFLOW: Final = Fault("this is not a workflow: it should be a JSON object of nodes")
_TOO_LARGE: Final = Fault("the workflow file is larger than {megabytes} MB", megabytes=MOST_BYTES // 2**20)
_TOO_MUCH: Final = Fault(
    "the workflow is too large: at most {nodes} nodes with {inputs} inputs are allowed",
    nodes=MOST_NODES,
    inputs=MOST_INPUTS,
)


class _NoNumber(float):
    """NaN or an infinity, as Python writes them into JSON. ComfyUI leaves them in parts of a node that nobody needs."""

    def __new__(cls, word: str) -> Self:
        """`word` is NaN, Infinity or -Infinity."""
        made = super().__new__(cls, word)
        made.word = word
        return made

    word: str


def read_graph(name: str, text: str | bytes) -> dict[str, Node]:
    """Parse a workflow file, or raise `PackError` with every fault of its shape."""
    if len(text) > MOST_BYTES:
        raise PackError(name, (_TOO_LARGE,))
    if any(_count(text, sign) > most for sign, most in _MOST_SIGNS.items()):
        raise PackError(name, (_TOO_MUCH,))
    try:
        raw = json.loads(text, parse_constant=_NoNumber, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as fault:
        raise PackError(name, (Fault("this is not a JSON file ({reason})", reason=str(fault)[:160]),)) from None
    if not isinstance(raw, dict) or not raw:
        raise PackError(name, (_NO_WORKFLOW,))
    raw = _sent(raw)
    if isinstance(raw.get("nodes"), list):
        drawn = Fault("this is the editor’s own format; in ComfyUI, save it with Workflow > Export (API)")
        raise PackError(name, (drawn,))
    # Any other JSON file: that each of its entries lacks a class_type would say nothing about what is wrong with it.
    if not any(isinstance(node, dict) and "class_type" in node for node in raw.values()):
        raise PackError(name, (_NO_WORKFLOW,))
    raw = _nodes_in(raw)
    if (count := len(raw)) > MOST_NODES:
        too_many = Fault("it has {count} nodes; at most {most} are allowed", count=count, most=MOST_NODES)
        raise PackError(name, (too_many,))
    held = [node.get("inputs") for node in raw.values() if isinstance(node, dict)]
    inputs = [one for one in held if isinstance(one, dict)]
    if (count := sum(map(len, inputs))) > MOST_INPUTS:
        too_many = Fault("it has {count} inputs; at most {most} are allowed", count=count, most=MOST_INPUTS)
        raise PackError(name, (too_many,))
    if _holds_more(inputs, _MOST_VALUES):
        raise PackError(name, (_TOO_MUCH,))
    faults = told([fault for node_id, node in raw.items() for fault in _node_faults(raw, node_id, node)])
    circle = [] if faults else _circle(raw)
    if circle:
        titles = " -> ".join(shortened(f"{node_id} ({raw[node_id]['class_type']})") for node_id in circle[:6])
        titles += " -> ..." if len(circle) > 6 else ""  # noqa: PLR2004
        faults = (Fault("its links form a loop: {nodes}", nodes=titles),)
    if faults:
        raise PackError(name, faults)
    return {node_id: _plain(node) for node_id, node in raw.items()}


def _sent(raw: dict[str, Any]) -> dict[str, Any]:
    """The graph in a request as programs save it: `{"prompt": graph, "client_id": …}` (server.py, `post_prompt`)."""
    graph = raw.get("prompt")
    if not isinstance(graph, dict) or not graph or "class_type" in graph:
        return raw
    return graph if all(isinstance(node, dict) and "class_type" in node for node in _nodes_in(graph).values()) else raw


def _nodes_in(raw: dict[str, Any]) -> dict[str, Any]:
    """Without what people and programs write beside the nodes, like `_comment`. ComfyUI itself numbers its nodes."""
    nodes = {key for key, node in raw.items() if isinstance(node, dict) and {"class_type", "inputs"} & set(node)}
    return {key: node for key, node in raw.items() if key in nodes or key[:1].isdecimal()}


def _plain(node: Node) -> Node:
    """Without what the editor and the server leave in a node besides: `is_changed`, for one, which may be NaN."""
    plain: Node = {"class_type": node["class_type"], "inputs": node["inputs"]}
    meta = node.get("_meta")
    # Nobody needs the rest, and it may hold what JSON cannot express.
    if isinstance(meta, dict) and isinstance(meta.get("title"), str):
        plain["_meta"] = {"title": meta["title"]}
    return plain


def shortened(name: str, longest: int = _LONGEST_NAME) -> str:
    """A name from a file, in a length that can be read and in characters that can be written."""
    writable = name[: longest + 1]
    if not writable.isascii():
        writable = writable.encode("utf-8", "replace").decode()
    return writable if len(writable) <= longest else f"{writable[:longest]}…"


def _count(text: str | bytes, sign: str) -> int:
    return text.count(sign) if isinstance(text, str) else text.count(sign.encode())


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuses duplicate keys: JSON leaves open what they mean, and most readers silently drop one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise ValueError(f"{shortened(twice)!r} appears twice")
    return found


def _holds_more(containers: Sequence[Mapping[str, object] | list[object]], most: int) -> bool:
    """Whether there are more than `most` values in these, at any depth. Stops counting there."""
    waiting = list(containers)
    count = 0
    while waiting:
        one = waiting.pop()
        count += len(one)
        if count > most:
            return True
        waiting += [item for item in (one if isinstance(one, list) else one.values()) if isinstance(item, list | dict)]
    return False


def _node_faults(raw: Mapping[str, object], node_id: str, node: object) -> Iterator[str]:
    called = Fault("node {node}", node=shortened(node_id))
    if not isinstance(node, dict) or not isinstance(node.get("class_type"), str):
        yield Fault("{node} has no class_type", node=called)
        return
    kind = shortened(node["class_type"])
    called = Fault("node {node}", node=f"{shortened(node_id)} ({kind})")
    if len(node["class_type"]) > _LONGEST_CLASS:
        yield Fault("{node} has a class_type longer than {most} characters", node=called, most=_LONGEST_CLASS)
    inputs = node.get("inputs")
    if not isinstance(inputs, dict):
        yield Fault("{node} has no inputs", node=called)
        return
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    if not _writable("".join([node_id, node["class_type"], title if isinstance(title, str) else "", *inputs])):
        yield Fault("{node}: a name in it has half a character (a lone surrogate)", node=called)
    for input_name, value in inputs.items():
        for fault in _input_faults(raw, value):
            yield Fault("{node}: {input} {fault}", node=called, input=shortened(input_name), fault=fault)


def _input_faults(raw: Mapping[str, object], value: object) -> Iterable[str]:
    source = link_source(value)
    if source is None:
        return _value_faults(value)
    if source not in raw:
        return (Fault("is linked to {node}, which does not exist", node=shortened(source)),)
    if isinstance(value, list) and value[1] < 0:
        below = Fault(
            "is linked to output {output} of {node}; outputs count from 0", output=str(value[1]), node=shortened(source)
        )
        return (below,)
    return ()


def _value_faults(value: object) -> Iterator[str]:
    """Values that JSON can express but no request can carry."""
    waiting = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        match one:
            case str() if not _writable(one):
                yield Fault("has half a character (a lone surrogate)")
            case _NoNumber():
                yield Fault("has {word}, which is not a number", word=one.word)
            case float() if not math.isfinite(one):
                yield Fault("is a number that is too large")
            case int() if abs(one) > LARGEST:
                yield Fault("is a number larger than any node accepts")
            case list() | dict() if depth >= _DEEPEST:
                yield Fault("is nested more than {most} levels deep", most=_DEEPEST)
                return
            case list():
                waiting += [(item, depth + 1) for item in one]
            case dict():
                waiting += [(item, depth + 1) for pair in one.items() for item in pair]


def _writable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _circle(graph: Graph) -> list[str]:
    """Nodes that wait for each other, in the order of their links, or none. ComfyUI refuses to run them."""
    done: set[str] = set()
    for start in graph:
        path: dict[str, Iterator[str]] = {}
        node_id: str | None = start if start not in done else None
        while node_id is not None:
            if node_id not in path:
                path[node_id] = _sources(graph[node_id])
            ahead = next((one for one in path[node_id] if one not in done), None)
            if ahead in path:
                walked = list(path)
                return walked[walked.index(ahead) :]
            if ahead is None:
                done.add(node_id)
                path.popitem()
            node_id = ahead or next(reversed(path), None)
    return []


def _sources(node: Node) -> Iterator[str]:
    return (source for source in map(link_source, node["inputs"].values()) if source is not None)


def link_source(value: object) -> str | None:
    """The node_id that an input is linked to, or None for a plain value."""
    # A match would read better, but this runs for every input, many times.
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
        return None
    source, output = value
    return source if isinstance(source, str) and isinstance(output, int) and not isinstance(output, bool) else None


def node_title(graph: Graph, node_id: str) -> str:
    """The title that the author gave this node, or its class if it has none."""
    node = graph.get(node_id)
    if node is None:
        return node_id
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) and title else node["class_type"]


def live_nodes(graph: Graph) -> frozenset[str]:
    """The nodes that a run can reach: everything upstream of a node that feeds nobody.

    ComfyUI executes what its output nodes need. Without its `/object_info`, an output node is one that feeds no other.
    """
    feeding = {source for node in graph.values() for source in map(link_source, node["inputs"].values()) if source}
    return upstream(graph, [node_id for node_id in graph if node_id not in feeding])


def upstream(graph: Graph, starts: list[str]) -> frozenset[str]:
    """`starts` and every node that feeds them, directly or not. Cycles end."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        node_id = waiting.pop()
        if node_id in seen or node_id not in graph:
            continue
        seen.add(node_id)
        waiting.extend(source for source in map(link_source, graph[node_id]["inputs"].values()) if source)
    return frozenset(seen)
