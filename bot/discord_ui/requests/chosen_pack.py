"""Which workflow `/imagine` uses. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.discord_limits import CHOICES, CONTENT
from bot.messages import shown_prompt
from bot.translation import _, listed
from bot.workflows import Pack, default_of, picture_of, taking_prompt


def chosen_pack(
    packs: Sequence[Pack], workflow: str | None, *, with_image: bool, own: Pack | None = None
) -> Pack | None:
    """The workflow that a member named, else their `own` default, else everybody's; with an image, one that can start
    from it.
    """
    if workflow:
        return find_pack(packs, workflow)
    default = own or default_of(packs)
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


def explain_no_pack(packs: Sequence[Pack], wanted: str | None) -> str:
    """That there is no such workflow, with those that there are."""
    if not taking_prompt(packs):
        return _("No workflow here takes a prompt yet. Tell the people who run this bot.")
    titles = listed(f"**{shown_prompt(pack.title, 80)}**" for pack in taking_prompt(packs)[:CHOICES])
    unknown = _("There is no workflow called “{wanted}”. You can use: {titles}.")
    return unknown.format(wanted=shown_prompt(wanted or "", 80), titles=titles)[:CONTENT]
