"""The part of a graph that a run really uses: what reaches an output node, past switches as they stand. Pure."""

from bot.workflows.graphs.graph import Graph, link_source, live_nodes
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.reroutes import truth


def active_nodes(graph: Graph, info: ObjectInfo | None = None, turned: str | None = None) -> frozenset[str]:
    """The nodes that a run needs; with `turned`, as if the truth value that this node holds were the opposite.

    `info` says which nodes a run begins at; without it, those that feed nobody.
    """
    starts = [] if info is None else [one for one in graph if info.makes_output(graph[one]["class_type"])]
    if not starts:
        feeding = {link_source(value) for node in graph.values() for value in node["inputs"].values()}
        starts = [one for one in graph if one not in feeding] or list(live_nodes(graph))
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        node_id = waiting.pop()
        if node_id in graph and node_id not in seen:
            seen.add(node_id)
            inputs = graph[node_id]["inputs"]
            sources = (link_source(inputs[name]) for name in used_inputs(graph, node_id, turned))
            waiting += [source for source in sources if source is not None]
    return frozenset(seen)


def used_inputs(graph: Graph, node_id: str, turned: str | None = None) -> list[str]:
    """The inputs of a node that a run looks at: all of them, but of a switch only the side that it is on."""
    inputs = graph[node_id]["inputs"]
    if "on_true" in inputs or "on_false" in inputs:
        state = truth(graph, inputs.get("switch"), turned)
        if state is not None:
            return [name for name in inputs if name != ("on_false" if state else "on_true")]
    chosen = inputs.get("select")
    if isinstance(chosen, int) and not isinstance(chosen, bool) and f"input{chosen}" in inputs:
        return [name for name in inputs if not name.startswith("input") or name == f"input{chosen}"]
    return list(inputs)
