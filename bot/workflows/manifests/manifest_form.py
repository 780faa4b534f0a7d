"""A workflow that an administrator brings, before it is live: its manifest as a form that can be filled in. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.errors import Fault, PackError
from bot.workflows.graphs.graph import Graph
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.manifests.bounded_toml import Unreadable, read_toml
from bot.workflows.manifests.found_parameters import Ambiguity
from bot.workflows.manifests.inference import infer
from bot.workflows.manifests.inferred_manifest import infer_manifest
from bot.workflows.manifests.manifest import Manifest, read_manifest
from bot.workflows.manifests.manifest_text import manifest_text
from bot.workflows.manifests.pack import Pack

LONGEST_NAME: Final = 32
_HEAD: Final = ("title", "description", "command")
_LOST: Final = "# Not carried over: "
"""How a comment in a draft's options begins that names what its graph lacks; it stays until its author removes it."""
_MOST_LOST: Final = 20
"""Such comments: a manifest has room for 16 KB."""
_ODD: Final = re.compile("[\x7f\ud800-\udfff]")
"""JSON may write these in a way that TOML does not read."""


@dataclass(frozen=True, slots=True)
class Form:
    """A manifest in the parts that a form asks for; `options` is the rest of it, as TOML."""

    title: str
    description: str
    command: str
    options: str


def compose(form: Form) -> str:
    """The manifest that a filled-in form stands for."""
    values = (form.title, form.description, form.command)
    head = "".join(f"{key} = {_quoted(value.strip())}\n" for key, value in zip(_HEAD, values, strict=True))
    return f"{head}\n{form.options.strip()}\n"


def split(text: str) -> Form:
    """The form of a manifest that `compose` has made, whatever was typed into its options."""
    lines = text.split("\n", len(_HEAD) + 1)
    # What `compose` writes there are texts as JSON has them.
    title, description, command = (str(json.loads(line.partition(" = ")[2])) for line in lines[: len(_HEAD)])
    return Form(title, description, command, lines[-1].strip())


def taken_over(text: str, title: str) -> Form:
    """The form of a manifest that somebody wrote. Raises `Unreadable`."""
    head = read_toml(text)
    top, bracket, tables = text.partition("\n[") if not text.startswith("[") else ("", "[", text[1:])
    rest = "\n".join(line for line in top.splitlines() if line.partition("=")[0].strip() not in _HEAD)
    given = [str(head.get(key, "")) for key in _HEAD]
    return Form(given[0] or title, given[1], given[2], f"{rest}{bracket}{tables}".strip())


def noting(form: Form, lost: Iterable[str], say: Callable[[str], str] = str) -> Form:
    """The form with a comment for everything that was not carried over; for all that there is no room for, one. `say`
    puts each into the language of who reads the comments.
    """
    told = [say(one) for one in lost]
    if len(told) > _MOST_LOST:
        told[_MOST_LOST - 1 :] = [say(Fault("the same of {count} more nodes", count=len(told) - _MOST_LOST + 1))]
    lines = [f"{_LOST}{''.join(sign for sign in one if sign.isprintable())}" for one in told]
    return replace(form, options="\n".join([*lines, form.options]).strip()) if lines else form


def lost_in(manifest: str) -> tuple[str, ...]:
    """What the comments of a draft's manifest say that was not carried over."""
    return tuple(line.removeprefix(_LOST) for line in manifest.splitlines() if line.startswith(_LOST))


def proposed(name: str, graph: Graph, infos: Iterable[ObjectInfo] = (), title: str = "") -> Form:
    """What a graph offers by itself, without what is not clear in it. `infos` are the servers that are known; without
    a `title`, its name is its title. Raises `PackError`.
    """
    # A prompt that is not clear is a fault of a pack on disk; here it is a question.
    info = knowing(graph, infos)
    unclear = {one.parameter: one.candidates[0] for one in infer(graph, info).ambiguities}
    manifest, _ = infer_manifest(name, graph, unclear, info)
    clear = {key: one for key, one in manifest.parameters.items() if key not in unclear}
    return _form(name, graph, replace(manifest, parameters=clear, title=title or manifest.title), titled(name))


def knowing(graph: Graph, infos: Iterable[ObjectInfo]) -> ObjectInfo | None:
    """The first of these servers that knows all nodes of a graph."""
    return next((info for info in infos if all(info.knows(node["class_type"]) for node in graph.values())), None)


def settled(name: str, graph: Graph, parameter: str, target: str, infos: Iterable[ObjectInfo] = ()) -> str:
    """The part of a manifest that answers a question: this parameter goes there. Raises `PackError`."""
    info = knowing(graph, infos)
    unclear = {one.parameter: one.candidates[0] for one in infer(graph, info).ambiguities}
    manifest, _ = infer_manifest(name, graph, {**unclear, parameter: target}, info)
    only = {parameter: manifest.parameters[parameter]}
    return _form(name, graph, replace(manifest, parameters=only), "").options


def _form(name: str, graph: Graph, manifest: Manifest, title: str) -> Form:
    try:
        return taken_over(manifest_text(_pack(name, graph, manifest)), title)
    except Unreadable as unreadable:
        # A graph may hold names that no manifest has room for.
        full = Fault(
            "the names in this workflow are too long or too many for a manifest ({reason}): shorten them in ComfyUI",
            reason=unreadable.fault,
        )
        raise PackError(name, (full,)) from None


def read_pack(name: str, graph: Graph, text: str) -> Pack:
    """The pack that a manifest makes of a graph. Raises `PackError` with every fault."""
    return _pack(name, graph, read_manifest(name, text, graph))


def read_filled_in(name: str, graph: Graph, text: str) -> Pack:
    """The same for a form that somebody fills in: they see its options alone, so faults count the lines of those."""
    try:
        read_toml(split(text).options)
    except Unreadable as unreadable:
        fault = Fault("{place}: {fault}", place=Fault("Options"), fault=unreadable.fault)
        raise PackError(name, (fault,)) from None
    return read_pack(name, graph, text)


def _pack(name: str, graph: Graph, manifest: Manifest) -> Pack:
    return Pack(
        name=name,
        graph=graph,
        title=manifest.title or titled(name),
        description=manifest.description,
        command=manifest.command,
        default=manifest.default,
        nsfw=manifest.nsfw,
        parameters=manifest.parameters,
        outputs=manifest.outputs,
        loras=manifest.loras,
    )


def questions(
    graph: Graph, parameters: Mapping[str, object], infos: Iterable[ObjectInfo] = ()
) -> tuple[Ambiguity, ...]:
    """What is not clear in a graph and has not been settled by these parameters."""
    unclear = infer(graph, knowing(graph, infos)).ambiguities
    return tuple(one for one in unclear if one.parameter not in parameters)


def titled(name: str) -> str:
    """A title where nobody has given one."""
    return name.replace("_", " ").capitalize()


def _quoted(text: str) -> str:
    return json.dumps(_ODD.sub("", text), ensure_ascii=False)
