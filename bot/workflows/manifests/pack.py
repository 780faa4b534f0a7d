"""A workflow pack: the graph that ComfyUI exports (NAME.json) and the manifest that names its parts (NAME.toml)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from bot.errors import PackError
from bot.workflows.graphs.graph import MOST_BYTES, Graph, read_graph
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import FileKind, Parameter
from bot.workflows.loras.lora_rules import ANY_LORAS, LoraRules
from bot.workflows.manifests import bounded_toml
from bot.workflows.manifests.inferred_manifest import infer_manifest
from bot.workflows.manifests.manifest import Outputs, read_manifest
from bot.workflows.workflow_key import WorkflowKey


@dataclass(frozen=True, slots=True)
class Pack:
    """One workflow with its typed parameters. `notes` tell its operator what inference could not settle."""

    name: str
    graph: Graph
    title: str
    description: str
    command: str | None
    default: bool
    nsfw: bool
    parameters: Mapping[str, Parameter]
    outputs: Outputs
    notes: tuple[str, ...] = ()
    loras: LoraRules = ANY_LORAS
    inferred: bool = False
    """Whether nobody has written a manifest for it."""

    @property
    def key(self) -> WorkflowKey:
        """Its guild and its name there; the pack's `name` is the same as text."""
        return WorkflowKey.parse(self.name)

    @property
    def offered(self) -> Mapping[str, Parameter]:
        """The parameters that members may set: all but those with a value of the operator's."""
        return {name: parameter for name, parameter in self.parameters.items() if parameter.fixed is None}

    @property
    def uploaded(self) -> bool:
        """Whether it came through `/workflow add`, from somebody who is not trusted with the machine."""
        return self.key.guild_id is not None

    def same_as(self, other: Pack) -> bool:
        """Whether nothing at all differs: Python takes 1, 1.0 and true for equal, and a node does not."""
        return self is other or (self == other and repr(self) == repr(other))


def own_value(pack: Pack, parameter: Parameter) -> object:
    """What a parameter is when nobody chooses: the manifest's default, else what stands in the graph."""
    if parameter.default is not None:
        return parameter.default
    target = parameter.targets[0]
    return pack.graph[target.node_id]["inputs"].get(target.input_name)


def default_of(packs: Iterable[Pack]) -> Pack | None:
    """What `/imagine` uses when nothing is chosen: the pack that says so, else the first that takes a prompt."""
    takers = taking_prompt(packs)
    return next((pack for pack in takers if pack.default), takers[0] if takers else None)


def easiest_first(packs: Iterable[Pack], runs: Callable[[str], bool]) -> tuple[Pack, ...]:
    """First the packs that some server can run now (`runs` says so by name), and among them those that need no file."""
    return tuple(sorted(packs, key=lambda pack: (not runs(pack.name), _needs_file(pack))))


def taking_prompt(packs: Iterable[Pack]) -> tuple[Pack, ...]:
    """The packs that `/imagine` can run."""
    return tuple(pack for pack in packs if "prompt" in pack.offered)


def load_packs(folder: Path) -> tuple[dict[str, Pack], tuple[PackError, ...]]:
    """Every pack of a folder in the order of their names, and the faults of those that cannot be used.

    One bad pack never stops the others.
    """
    packs: dict[str, Pack] = {}
    faults: list[PackError] = []
    for path in sorted(one for one in folder.glob("*") if belongs_to_pack(one) and one.suffix.lower() == ".json"):
        try:
            packs[path.stem] = load_pack(path)
        except PackError as fault:
            faults.append(fault)
    return packs, tuple(faults)


def belongs_to_pack(path: Path) -> bool:
    """Whether a file is a workflow or a manifest by its name. macOS writes hidden files `._NAME.json` beside others."""
    return path.suffix.lower() in {".json", ".toml"} and not path.name.startswith(".")


def load_pack(path: Path) -> Pack:
    """Read NAME.json, and NAME.toml if there is one. Raises `PackError` with every fault of both."""
    name = path.stem
    if not name.isprintable():
        raise PackError(ascii(name)[1:-1], ("rename the file: its name contains characters that cannot be displayed",))
    graph = _content(name, path, MOST_BYTES)
    manifest = next((one for ending in (".toml", ".TOML") if (one := path.with_suffix(ending)).exists()), None)
    return make_pack(name, graph, None if manifest is None else _content(name, manifest, bounded_toml.MOST_BYTES))


def _content(name: str, path: Path, most: int) -> bytes:
    """What is in a file; one that is too large is never read."""
    try:
        if path.exists() and not path.is_file():
            raise PackError(name, (f"{path.name} cannot be read (it is not a file)",))
        if path.stat().st_size > most:
            raise PackError(name, (f"{path.name} is too large: at most {most // 1024} KB are allowed",))
        return path.read_bytes()
    except FileNotFoundError:
        raise PackError(name, (f"{path.name} is missing",)) from None
    except OSError as fault:
        raise PackError(name, (f"{path.name} cannot be read ({fault.strerror})",)) from None


def make_pack(
    name: str, graph: str | bytes, manifest: str | bytes | None, chosen: Mapping[str, str] | None = None
) -> Pack:
    """A pack from the texts of its workflow and its manifest; without one its parameters are inferred.

    `chosen` settles what inference cannot: a parameter's name and a target, as a manifest writes it. Raises `PackError`
    with every fault.
    """
    read = read_graph(name, graph)
    notes: tuple[str, ...] = ()
    if manifest is None:
        said, notes = infer_manifest(name, read, chosen)
    else:
        said = read_manifest(name, manifest, read)
    return Pack(
        name=name,
        graph=read,
        title=said.title or name.replace("_", " ").capitalize(),
        description=said.description,
        command=said.command,
        default=said.default,
        nsfw=said.nsfw,
        parameters=said.parameters,
        outputs=said.outputs,
        notes=notes,
        loras=said.loras,
        inferred=manifest is None and not chosen,
    )


def known_to(pack: Pack, info: ObjectInfo) -> Pack:
    """The pack, its parameters completed by a server that knows its nodes, where the author left them open."""
    if not pack.inferred or not all(info.knows(node["class_type"]) for node in pack.graph.values()):
        return pack
    try:
        said, notes = infer_manifest(pack.name, pack.graph, None, info)
    except PackError:
        return pack
    return replace(pack, parameters=said.parameters, notes=notes)


def _needs_file(pack: Pack) -> bool:
    return any(one.required and one.type in get_args(FileKind) for one in pack.offered.values())
