"""Which workflow can vary a finished image, which can change a part of it, and which can upscale it. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from bot.workflows.graphs.graph import live_nodes
from bot.workflows.graphs.parameters import Parameter
from bot.workflows.library.inpainting import Inpainting, inpainting_in
from bot.workflows.library.library import Library
from bot.workflows.manifests.pack import Pack

_MOVING: Final = ("video", "webm", "animated", "audio", "gif")
"""Parts of the names of nodes that save something other than images."""


@dataclass(frozen=True, slots=True)
class Continuations:
    """The workflows that can start from a finished image. None if no workflow can."""

    vary: Pack | None = None
    upscale: Pack | None = None
    inpaint: Inpainting | None = None


def continuations(library: Library, guild_id: int | None) -> Continuations:
    """What members of a guild can do with an image at the moment."""
    packs = [pack for pack in library.visible(guild_id) if library.available(pack.name)]
    return Continuations(variation_of(packs), enlargement_of(packs), inpainting_of(packs))


def variation_of(packs: Iterable[Pack]) -> Pack | None:
    """The pack that repaints an image after a prompt: the one that is known for it, else the first that can."""
    able = [pack for pack in packs if _asks_only_for(pack, "prompt") and "prompt" in pack.offered and _is_still(pack)]
    able = [pack for pack in able if inpainting_in(pack) is None]
    return _first(able, lambda pack: pack.command == "restyle" or pack.key.name == "image_to_image") or (
        _first(able, lambda _: True)
    )


def enlargement_of(packs: Iterable[Pack]) -> Pack | None:
    """The pack that enlarges an image: the one whose command or name says so."""
    able = [pack for pack in packs if _asks_only_for(pack)]
    return _first(able, lambda pack: pack.command == "upscale") or (
        _first(able, lambda pack: pack.key.name == "upscale")
    )


def inpainting_of(packs: Iterable[Pack]) -> Inpainting | None:
    """How to change a part of an image: with the pack that is known for it, else with the first that can."""
    able = {pack.name: found for pack in packs if _is_still(pack) and (found := inpainting_in(pack)) is not None}
    pack = _first((one.pack for one in able.values()), lambda one: "inpaint" in {one.command, one.key.name}) or (
        _first((one.pack for one in able.values()), lambda _: True)
    )
    return None if pack is None else able[pack.name]


def picture_of(pack: Pack) -> Parameter | None:
    """The image that the pack starts from: its parameter `image`, else the first that takes an image."""
    takers = [parameter for parameter in pack.offered.values() if parameter.type == "image"]
    return next((parameter for parameter in takers if parameter.name == "image"), takers[0] if takers else None)


def _asks_only_for(pack: Pack, *names: str) -> bool:
    """Whether the pack requires nothing but an image and these."""
    picture = picture_of(pack)
    return picture is not None and all(
        parameter.name in {picture.name, *names}
        for parameter in pack.offered.values()
        if parameter.required and parameter.default is None
    )


def _is_still(pack: Pack) -> bool:
    names = (pack.graph[node_id]["class_type"].casefold() for node_id in live_nodes(pack.graph))
    return not any(part in name for name in names for part in _MOVING)


def _first(packs: Iterable[Pack], fits: Callable[[Pack], bool]) -> Pack | None:
    """The first that fits: a guild's own before those that all share, one for any channel before one for some."""
    fitting = [pack for pack in packs if fits(pack)]
    return min(fitting, key=lambda pack: (pack.nsfw, not pack.uploaded), default=None)
