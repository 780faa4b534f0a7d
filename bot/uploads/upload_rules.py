"""What an uploaded workflow may not do, in words for the administrator who uploads it. Pure."""

from collections.abc import Iterator, Sequence

from bot.translation import _, in_quotes
from bot.workflows import Graph, ObjectInfo, Pack, Parameter
from bot.workflows.safety.uploads import Places, exposing, forbidden, leaving


def refused_graph(
    graph: Graph, allowed: tuple[str, ...], infos: Sequence[ObjectInfo] = (), *, partners: bool = False
) -> tuple[str, ...]:
    """Why this graph is refused, whatever its manifest says. `partners`: its guild may use partner nodes."""
    node = _("the node {name} isn’t allowed in uploaded workflows")
    nodes = (node.format(name=one) for one in forbidden(graph, allowed, infos, partners=partners))
    return (*nodes, *(_outside(in_quotes(one)) for one in leaving(graph, infos)))


def refused_pack(pack: Pack, infos: Sequence[ObjectInfo] = ()) -> tuple[str, ...]:
    """Why this pack is refused: its options could reach files outside ComfyUI's folders on the server."""
    exposes = _("{name} would let members enter a path on the ComfyUI server: remove it or give it choices")
    exposed = (exposes.format(name=one) for one in exposing(pack.parameters.values(), pack.graph, infos))
    places = Places(pack.graph, infos)
    leading_out = (
        _outside(parameter.name)
        for parameter in pack.parameters.values()
        if any(places.refuse(target, text) for text in _texts(parameter) for target in parameter.targets)
    )
    return (*exposed, *leading_out)


def _outside(name: str) -> str:
    return _("{name} is a path outside ComfyUI’s own folders").format(name=name)


def _texts(parameter: Parameter) -> Iterator[str]:
    """The texts that the manifest itself can write into the parameter's targets."""
    values = [parameter.fixed, parameter.default, *(parameter.choices or ())]
    if parameter.template is not None:
        values = [parameter.template.replace("{value}", str(value)) for value in ["", *values] if value is not None]
    for value in values:
        if isinstance(value, str):
            yield value
