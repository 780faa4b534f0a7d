"""What a server means for each pack: what it lacks for it, and the ranges that it gives to its parameters. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.library.availability import Missing, missing
from bot.workflows.library.specs import sharpen
from bot.workflows.manifests.pack import Pack, known_to


@dataclass(frozen=True, slots=True)
class Compatibility:
    """One `/object_info`, held against all packs as they were then.

    `lacks` has only the packs that such a server cannot run. `sharpened` are all packs, with its ranges.
    """

    info: ObjectInfo
    packs: Mapping[str, Pack]
    lacks: Mapping[str, tuple[Missing, ...]]
    sharpened: Mapping[str, Pack]
    beyond: frozenset[str]
    """The keys of the packs that such a server cannot run."""


def compare(
    info: ObjectInfo, packs: Mapping[str, Pack], before: Compatibility | None, like: Mapping[str, Pack]
) -> Compatibility:
    """Hold a server's answer against all packs. Takes CPU time.

    A pack that is the same object as `before` is not judged again. Where a sharpened pack is the same as the one
    that it is `like`, it is that object: fifty servers with the same nodes do not make fifty copies of every pack.
    """
    lacks: dict[str, tuple[Missing, ...]] = {}
    sharpened: dict[str, Pack] = {}
    for key, pack in packs.items():
        if before is not None and before.packs.get(key) is pack:
            found, sharp = before.lacks.get(key, ()), before.sharpened[key]
        else:
            known_pack = known_to(pack, info)
            found, sharp = missing(known_pack, info), _sharpened(known_pack, info)
        if found:
            lacks[key] = found
        known = like.get(key)
        sharpened[key] = known if known is not None and known.same_as(sharp) else sharp
    return Compatibility(info, packs, lacks, sharpened, frozenset(lacks))


def _sharpened(pack: Pack, info: ObjectInfo) -> Pack:
    """The pack's parameters as this server has them."""
    return replace(pack, parameters={name: sharpen(one, pack.graph, info) for name, one in pack.parameters.items()})
