"""NAME.toml: what a pack's author says about the graph. One reading finds all faults."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, cast, get_args

from bot.errors import Fault, PackError
from bot.errors.readable_faults import told
from bot.workflows.graphs.file_names import folded
from bot.workflows.graphs.graph import MOST_INPUTS, Graph
from bot.workflows.graphs.parameters import FILES, MAX_SEED, Parameter, ParameterType, Target, check_value
from bot.workflows.loras.lora_rules import ANY_LORAS, LoraRules
from bot.workflows.manifests.bounded_toml import Unreadable, read_toml
from bot.workflows.manifests.targets import NO_NODE, Names, NoTarget
from bot.workflows.manifests.toml_table import Table

MOST_PARAMETERS: Final = 100
MOST_TARGETS: Final = 500
"""Texts that name one, of all parameters together."""
_TOP_KEYS: Final = frozenset({"title", "description", "command", "default", "nsfw", "parameters", "outputs", "loras"})
_PARAMETER_KEYS: Final = frozenset(
    {"target", "template", "type", "min", "max", "step", "default", "choices", "required", "label", "description"}
    | {"hidden", "none"}
)
_OUTPUT_KEYS: Final = frozenset({"stages", "final", "websocket"})
_LORA_KEYS: Final = frozenset({"allowed", "folder", "after"})
_LOADERS: Final[Mapping[tuple[str, str], ParameterType]] = {
    **{(loader, "image"): "image" for loader in ("LoadImage", "LoadImageMask", "LoadImageOutput")},
    ("LoadVideo", "file"): "video",
    ("LoadAudio", "audio"): "audio",
}
"""ComfyUI's own inputs for files, for as long as no server has said so."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a member gets: `stages` maps an output node's id to its caption, in order; the images captioned `final`
    come first; `websocket` asks for them over the socket, so that nothing is written on the server's disk.
    """

    stages: Mapping[str, str]
    final: str | None = None
    websocket: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest whose targets are resolved against the graph it stands beside."""

    title: str
    description: str
    command: str | None
    default: bool
    nsfw: bool
    parameters: Mapping[str, Parameter]
    outputs: Outputs
    loras: LoraRules = ANY_LORAS


def read_manifest(name: str, text: str | bytes, graph: Graph) -> Manifest:
    """Parse a manifest against its graph, or raise `PackError` with every fault."""
    try:
        raw = read_toml(text)
    except Unreadable as unreadable:
        fault = Fault("{place}: {fault}", place=f"{name}.toml", fault=unreadable.fault)
        raise PackError(name, told([fault])) from None
    table = Table(f"{name}.toml", raw, [])
    table.refuse_unknown(_TOP_KEYS)
    parameters = table.table("parameters")
    if len(parameters.raw) > MOST_PARAMETERS:
        many = Fault(
            "{file} has {count} parameters; at most {most} are allowed",
            file=f"{name}.toml",
            count=len(parameters.raw),
            most=MOST_PARAMETERS,
        )
        raise PackError(name, told([many]))
    targets = _Targets(graph)
    manifest = Manifest(
        title=table.take("title", str, ""),
        description=table.take("description", str, ""),
        command=table.take("command", str, "") or None,
        default=table.take("default", bool, default=False),
        nsfw=table.take("nsfw", bool, default=False),
        parameters={
            key: parameter
            for key in parameters.raw
            if (parameter := _parameter(key, parameters.table(key), targets)) is not None
        },
        outputs=_outputs(table.table("outputs"), targets.names),
        loras=_loras(table.table("loras"), targets.names),
    )
    if table.faults:
        raise PackError(name, told(table.faults))
    return manifest


class _Targets:
    """Finds the parameters' targets in a graph, up to as many as anybody has a use for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.names = Names(graph)
        self._texts = 0
        self._found = 0

    def of(self, table: Table) -> tuple[Target, ...]:
        """What `target` means in a parameter's table, its faults noted there."""
        texts = table.strings("target")
        if not table.raw.get("target"):
            table.fault(Fault('target is missing; write it like target = ["KSampler.seed"]'))
        self._texts += len(texts)
        if self._texts > MOST_TARGETS:
            table.fault(
                Fault("this makes {count} targets; at most {most} are allowed", count=self._texts, most=MOST_TARGETS)
            )
            return ()
        if self._found > MOST_INPUTS:
            return ()  # which has been said
        found: list[Target] = []
        for text in texts:
            try:
                found += self.names.resolve(text)
            except NoTarget as fault:
                table.fault(Fault("{place}: {fault}", place=f"target {text!r}", fault=fault.fault))
            if self._found + len(found) > MOST_INPUTS:
                table.fault(Fault("this makes the targets match more than {most} inputs", most=MOST_INPUTS))
                break
        self._found += len(found)
        return tuple(dict.fromkeys(found))

    def turned_off(self, table: Table) -> tuple[Target, ...]:
        """What `none` means in a parameter's table: the inputs that become 0."""
        found: list[Target] = []
        for text in table.strings("none")[:MOST_TARGETS]:
            try:
                found += self.names.resolve(text)
            except NoTarget as fault:
                table.fault(Fault("{place}: {fault}", place=f"none {text!r}", fault=fault.fault))
        return tuple(dict.fromkeys(found))[:MOST_INPUTS]


def _parameter(name: str, table: Table, find: _Targets) -> Parameter | None:
    before = len(table.faults)
    table.refuse_unknown(_PARAMETER_KEYS)
    targets = find.of(table)
    template = table.take("template", str, "") or None
    if template is not None and "{value}" not in template:
        table.fault(Fault("template should have {{value}}, where the member’s text goes"))
    server_choices = table.raw.get("choices") == "server"
    type_ = _type(table, targets, find.graph)
    parameter = Parameter(
        name=name,
        type=type_,
        targets=targets,
        template=template,
        min=table.number("min"),
        max=table.number("max"),
        step=table.number("step"),
        default=table.plain("default"),
        choices=None if server_choices else table.strings("choices") or None,
        server_choices=server_choices,
        required=table.take("required", bool, default=name == "prompt" or type_ in FILES),
        fixed=table.plain("hidden"),
        none=find.turned_off(table),
        label=table.take("label", str, ""),
        description=table.take("description", str, ""),
    )
    if name == "seed":
        parameter = replace(
            parameter,
            min=0 if parameter.min is None else parameter.min,
            max=MAX_SEED if parameter.max is None else parameter.max,
        )
    _check_range(parameter, table)
    return parameter if len(table.faults) == before else None


def _check_range(parameter: Parameter, table: Table) -> None:
    if parameter.min is not None and parameter.max is not None and parameter.min > parameter.max:
        table.fault(Fault("min {low} is larger than max {high}", low=str(parameter.min), high=str(parameter.max)))
        return
    if parameter.step is not None and parameter.step <= 0:
        table.fault(Fault("step should be larger than 0"))
        return
    for key, value in (("default", parameter.default), ("hidden", parameter.fixed)):
        if value is not None and (problem := check_value(parameter, value)):
            table.fault(
                Fault("{key} {value} does not fit ({problem})", key=key, value=repr(value), problem=problem.code)
            )


def _type(table: Table, targets: tuple[Target, ...], graph: Graph) -> ParameterType:
    """The type the author gave, else that of the value which the graph holds now."""
    given = table.take("type", str, "")
    if given in get_args(ParameterType):
        return cast("ParameterType", given)
    if given:
        table.fault(Fault("type should be one of {types}", types=", ".join(get_args(ParameterType))))
    if not targets:
        return "string"
    node = graph[targets[0].node_id]
    loaded = _LOADERS.get((node["class_type"], targets[0].input_name))
    return loaded or type_of(node["inputs"][targets[0].input_name])


def type_of(value: object) -> ParameterType:
    """The type of a value that a graph holds."""
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case _:
            return "string"


def _outputs(table: Table, names: Names) -> Outputs:
    table.refuse_unknown(_OUTPUT_KEYS)
    captions = table.table("stages")
    stages: dict[str, str] = {}
    for title in captions.raw:
        nodes = names.named(title)
        if not nodes:
            captions.fault(Fault("{place}: {fault}", place=repr(title), fault=NO_NODE))
        stages.update(dict.fromkeys(nodes, captions.take(title, str, "")))
    final = table.take("final", str, "") or None
    if final is not None and final not in stages.values():
        table.fault(Fault("final {caption} is not one of the stages’ captions", caption=repr(final)))
    return Outputs(stages, final, table.take("websocket", bool, default=False))


def _loras(table: Table, names: Names) -> LoraRules:
    table.refuse_unknown(_LORA_KEYS)
    after: list[str] = []
    for title in table.strings("after"):
        found = names.named(title)
        if not found:
            table.fault(Fault("{place}: {fault}", place=f"after {title!r}", fault=NO_NODE))
        after += found
    return LoraRules(
        allowed=table.take("allowed", bool, default=True),
        folder=folded(table.take("folder", str, "")).strip("/"),
        after=tuple(dict.fromkeys(after)),
    )
