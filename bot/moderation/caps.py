"""The caps of the people who run the bot, applied: no server's limits reach beyond them. Pure."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.ledger import Allowance, RoleLimits
from bot.settings import Caps, shown_pixels
from bot.translation import N_, _, listed, ngettext, shown_number
from bot.workflows import Effort, Pack, bind, effort
from bot.workflows.library.effort import decides_length
from bot.workflows.library.meanings import Meaning, parameter_for
from bot.workflows.manifests.pack import own_value

_STEP: Final = 64
"""Sides that are made smaller become multiples of this many pixels, as models like them."""
_SIDES: Final[tuple[Meaning, ...]] = ("width", "height")
_STEPS: Final[tuple[Meaning, ...]] = ("steps",)
_MEGAPIXELS: Final = "megapixels"
_COUNT: Final[tuple[Meaning, ...]] = ("count",)
_TOO_LARGE: Final = N_("That’s larger than the people who run this bot allow in any server: at most {size} pixels.")
_OVER: Final = N_("That’s over the caps that the people who run this bot have set: {cap}.")


def over_cap(work: Effort, caps: Caps) -> str | None:
    """What to tell a member whose request is over a cap; None if it is over none."""
    if caps.pixels is not None and work.pixels > caps.pixels:
        return over_size(caps.pixels)
    if (steps := caps.steps) is not None and work.steps > steps:
        return ngettext(
            "That’s more than the people who run this bot allow in any server: at most {count} step.",
            "That’s more than the people who run this bot allow in any server: at most {count} steps.",
            steps,
        ).format(count=shown_number(steps))
    if (frames := caps.frames) is not None and work.frames > frames:
        return ngettext(
            "That’s longer than the people who run this bot allow in any server: at most {count} frame.",
            "That’s longer than the people who run this bot allow in any server: at most {count} frames.",
            frames,
        ).format(count=shown_number(frames))
    return None if caps.pictures is None or work.pictures <= caps.pictures else over_count(caps.pictures)


def over_size(most: int) -> str:
    """What to tell a member who asks for an image of more pixels than this cap."""
    return _(_TOO_LARGE).format(size=shown_pixels(most))


def over_count(most: int) -> str:
    """What to tell a member who asks for more images at once than this cap."""
    return ngettext(
        "That’s more than the people who run this bot allow in any server: at most {count} image in one request.",
        "That’s more than the people who run this bot allow in any server: at most {count} images in one request.",
        most,
    ).format(count=shown_number(most))


def capped(allowance: Allowance, caps: Caps) -> Allowance:
    """A member's limits, none of them beyond the caps."""
    return replace(
        allowance,
        pixels=_least(allowance.pixels, caps.pixels),
        steps=_least(allowance.steps, caps.steps),
        pictures=_least(allowance.pictures, caps.pictures),
        guild_queued=caps.waiting,
    )


def limit_over_cap(limits: RoleLimits, caps: Caps) -> str | None:
    """What to tell a moderator who sets a limit beyond a cap, which would allow nothing more; None if none is."""
    beyond = replace(
        caps,
        pixels=_cap_below(limits.pixels, caps.pixels),
        steps=_cap_below(limits.steps, caps.steps),
        pictures=_cap_below(limits.pictures, caps.pictures),
        waiting=_cap_below(limits.queued, caps.waiting),
        frames=None,
        disk=None,
    )
    passed = caps_in_words(beyond)
    return _(_OVER).format(cap=listed(passed)) if passed else None


def caps_in_words(caps: Caps) -> list[str]:
    """Each cap as a part of a sentence."""
    facts: list[str] = []
    if caps.pixels is not None:
        facts.append(_("images up to {size} pixels").format(size=shown_pixels(caps.pixels)))
    if (steps := caps.steps) is not None:
        facts.append(ngettext("{count} step", "{count} steps", steps).format(count=shown_number(steps)))
    if (images := caps.pictures) is not None:
        counted = ngettext("{count} image in one request", "{count} images in one request", images)
        facts.append(counted.format(count=shown_number(images)))
    if (frames := caps.frames) is not None:
        counted = ngettext("{count} frame of a video", "{count} frames of a video", frames)
        facts.append(counted.format(count=shown_number(frames)))
    if (waiting := caps.waiting) is not None:
        counted = ngettext("{count} waiting job in a server", "{count} waiting jobs in a server", waiting)
        facts.append(counted.format(count=shown_number(waiting)))
    if caps.disk is not None:
        facts.append(_("{megabytes} MB of stored files in a server").format(megabytes=shown_number(caps.disk // 2**20)))
    return facts


def within_caps(
    pack: Pack, values: Mapping[str, object], given: Mapping[str, object], defaults: Mapping[str, object], caps: Caps
) -> dict[str, object]:
    """A job's values, where what nobody asked for is made to fit the caps: what a workflow or a member's defaults say
    is no reason to refuse a request. `given` is what was asked for, `defaults` among it. Raises `BindError`.
    """
    if caps.steps is caps.pictures is caps.pixels is caps.frames is None:
        return dict(values)
    asked = {name for name, value in given.items() if name not in defaults or defaults[name] != value}
    fitted, work = dict(values), effort(bind(pack, values))
    if caps.steps is not None and work.steps > caps.steps:
        _shrink(pack, fitted, _STEPS, asked, caps.steps / work.steps)
    if caps.pictures is not None and work.pictures > caps.pictures:
        _shrink(pack, fitted, _COUNT, asked, caps.pictures / work.pictures)
    if caps.frames is not None and work.frames > caps.frames:
        _shorten(pack, fitted, asked, caps.frames)
    if caps.pixels is not None and work.pixels > caps.pixels:
        _shrink(pack, fitted, _SIDES, asked, math.sqrt(caps.pixels / work.pixels), step=_STEP)
        _scale_down(pack, fitted, asked, caps.pixels / work.pixels)
    return fitted


def _shrink(
    pack: Pack,
    values: dict[str, object],
    meanings: Sequence[Meaning],
    asked: Collection[str],
    factor: float,
    step: int = 1,
) -> None:
    """Make numbers smaller by a factor, all of them or none, and none below what the workflow takes."""
    found = [parameter for meaning in meanings if (parameter := parameter_for(pack, meaning)) is not None]
    if len(found) < len(meanings) or any(parameter.name in asked for parameter in found):
        return
    for parameter in found:
        before = values.get(parameter.name, own_value(pack, parameter))
        if isinstance(before, int):
            least = max(1, math.ceil(parameter.min or 1))
            values[parameter.name] = max(least, math.floor(before * factor) // step * step)


def _scale_down(pack: Pack, values: dict[str, object], asked: Collection[str], factor: float) -> None:
    """Make sizes that are said in megapixels smaller by a factor."""
    for parameter in pack.offered.values():
        before = values.get(parameter.name, own_value(pack, parameter))
        if parameter.name in asked or parameter.type != "number" or not isinstance(before, int | float):
            continue
        if any(target.input_name == _MEGAPIXELS for target in parameter.targets):
            values[parameter.name] = max(parameter.min or 0.0, math.floor(before * factor * 100) / 100)


def _shorten(pack: Pack, values: dict[str, object], asked: Collection[str], most: int) -> None:
    """Make videos no longer than this, where a parameter says how long they are."""
    for parameter in pack.offered.values():
        if parameter.name not in asked and decides_length(pack, parameter):
            before = values.get(parameter.name, own_value(pack, parameter))
            if isinstance(before, int):
                values[parameter.name] = max(math.ceil(parameter.min or 1), min(before, most))


def _least(limit: int | None, cap: int | None) -> int | None:
    return min((one for one in (limit, cap) if one is not None), default=None)


def _cap_below(limit: int | None, cap: int | None) -> int | None:
    return None if limit is None or cap is None or limit <= cap else cap
