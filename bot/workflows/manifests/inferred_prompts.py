"""Which texts of a graph are its prompt, which are several, and which say what should not be seen. Pure."""

from typing import Final

from bot.workflows.graphs import sampler_inputs
from bot.workflows.graphs.graph import node_title, upstream
from bot.workflows.graphs.input_kinds import kind_of_input
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import Target
from bot.workflows.graphs.reroutes import Wired
from bot.workflows.manifests.found_parameters import Found
from bot.workflows.tracing.author_titles import is_titled
from bot.workflows.tracing.prompt_texts import written_texts

_MOST_PROMPTS: Final = 8


def find_prompts(
    found: Found,
    graph: Wired,
    samplers: tuple[sampler_inputs.Sampler, ...],
    active: frozenset[str],
    info: ObjectInfo | None,
) -> None:
    """What people write, and what should not be seen; without a sampler, the texts that a node takes as prompts."""
    negative = written_texts(graph, sampler_inputs.encoded(graph, samplers, "negative"))
    positive = written_texts(graph, sampler_inputs.encoded(graph, samplers, "positive"))
    if "prompt" not in found.targets:
        wanted = found.free(positive) or found.free(written_texts(graph, _asked(graph, active, info)))
        against = set(negative) - set(positive)
        _name_prompts(found, graph, samplers, [one for one in wanted if one not in against], info)
    found.choose("negative", (one for one in negative if one not in positive))


def _asked(graph: Wired, active: frozenset[str], info: ObjectInfo | None) -> list[Target]:
    """The texts of nodes that take a prompt, whatever they do with it."""
    return [
        Target(node_id, name)
        for node_id in graph
        if node_id in active
        for name in sampler_inputs.TEXTS
        if name in graph[node_id]["inputs"]
        and (
            "TextEncode" in graph[node_id]["class_type"]
            or (info is not None and kind_of_input(info, graph[node_id]["class_type"], name) == "prompt")
        )
    ]


def _name_prompts(
    found: Found,
    graph: Wired,
    samplers: tuple[sampler_inputs.Sampler, ...],
    texts: list[Target],
    info: ObjectInfo | None,
) -> None:
    """One prompt where all texts are one; several where they belong to one image (its regions, its parts) or their
    author tells them apart by titles; else it is not clear which is meant.
    """
    texts = [one for one in texts if found.value(one) != ""] or texts
    groups: dict[object, list[Target]] = {}
    for one in texts:
        encoder = one.input_name in sampler_inputs.TEXTS and one.input_name != "prompt"
        groups.setdefault(one.node_id if encoder else one, []).append(one)
    by_value: dict[str, list[Target]] = {}
    for group in groups.values():
        by_value.setdefault(repr([found.value(one) for one in group][-1]), []).extend(group)
    parts = list(by_value.values())
    if len(parts) <= 1 or _one_after_another(graph, samplers, len(parts)):
        found.take("prompt", texts)
        return
    titles = {node_title(graph, part[0].node_id) for part in parts}
    apart = len(titles) == len(parts) and all(is_titled(graph, part[0].node_id, info) for part in parts)
    if not (apart or _of_one_image(graph, samplers, parts)) or len(parts) > _MOST_PROMPTS:
        found.doubt("prompt", texts)
        return
    for number, part in enumerate(parts, start=1):
        found.take("prompt" if number == 1 else f"prompt_{number}", part)


def _of_one_image(graph: Wired, samplers: tuple[sampler_inputs.Sampler, ...], parts: list[list[Target]]) -> bool:
    """Whether some sampler takes several of these texts together."""
    for sampler in samplers:
        texts = set(written_texts(graph, sampler_inputs.encoded(graph, (sampler,), "positive")))
        if sum(1 for part in parts if texts.intersection(part)) > 1:
            return True
    return False


def _one_after_another(graph: Wired, samplers: tuple[sampler_inputs.Sampler, ...], texts: int) -> bool:
    """Whether the samplers share one run's steps, each with a text: a refiner repeats the prompt of its base."""
    if len(samplers) != texts or not all(map(sampler_inputs.partial, samplers)):
        return False
    ids = [one.node_id for one in samplers]
    starts = [sampler_inputs.feeding(graph, one, "latent_image", "latent", "samples") for one in samplers]
    before = [upstream(graph, [link[0]]) if link else frozenset() for link in starts]
    return sum(1 for seen in before if not seen.intersection(ids)) == 1
