"""Which workflow `/imagine` uses. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.workflows import Pack, default_of, picture_of, taking_prompt


def chosen_pack(packs: Sequence[Pack], workflow: str | None, *, with_image: bool) -> Pack | None:
    """The workflow that a member named, else the default one; with an image, one that can start from it."""
    if workflow:
        return find_pack(packs, workflow)
    default = default_of(packs)
    if with_image and default is not None and picture_of(default) is None:
        # The default workflow cannot start from an image, so use one that can.
        return default_of(taking_image(packs)) or default
    return default


def find_pack(packs: Sequence[Pack], wanted: str) -> Pack | None:
    """The pack that a member means: by its name (autocomplete fills that in) or by its title (which they may type)."""
    wanted = wanted.strip().casefold()
    return next(
        (pack for pack in taking_prompt(packs) if wanted in {pack.name.casefold(), pack.title.casefold()}), None
    )


def taking_image(packs: Sequence[Pack]) -> list[Pack]:
    """The workflows that can start from an image and take a prompt."""
    return [pack for pack in taking_prompt(packs) if picture_of(pack) is not None]
