"""A form whose request is refused is offered again with what was typed into it, because Discord forgets that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import discord

from bot.discord_limits import CONTENT
from bot.discord_ui.access.requester import Answers, Requester
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import refuse, tell
from bot.discord_ui.core.views import view_of
from bot.translation import N_, _

FORM_AGAIN_ID: Final = "darkroom:words:open:{key}"
"""Opens the form again."""
_LATE: Final = N_("That was too long ago. Start again from the image.")


@dataclass(frozen=True, slots=True)
class _Typed:
    """A form, filled in with what a member typed."""

    form: discord.ui.Modal


def requester_of_form(interaction: discord.Interaction[Darkroom], form: Callable[[], discord.ui.Modal]) -> Requester:
    """The member who submitted a form. A refusal offers what `form` makes: the same one, with what they typed."""
    requester = Requester.of(interaction)
    return replace(requester, answers=_Answers(requester.answers, interaction, form))


@dataclass(frozen=True, slots=True)
class _Answers:
    """The answers to a form."""

    plain: Answers
    interaction: discord.Interaction[Darkroom]
    form: Callable[[], discord.ui.Modal]

    async def refuse(self, text: str) -> None:
        key = self.interaction.client.pending.keep(self.interaction.user.id, _Typed(self.form()))
        button = discord.ui.Button[discord.ui.View](label=_("Edit"), custom_id=FORM_AGAIN_ID.format(key=key))
        await refuse(self.interaction, text[:CONTENT], view_of(button))

    async def wait(self, *, private: bool) -> None:
        await self.plain.wait(private=private)

    async def show(self, content: str, view: discord.ui.View, *, private: bool) -> int | None:
        return await self.plain.show(content, view, private=private)


async def press_form_again(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Open the form with what the member typed. Whether it can still be used is checked when it is submitted."""
    typed = interaction.client.pending.find(interaction.user.id, key, _Typed)
    if typed is None:
        await tell(interaction, _(_LATE))
    else:
        await interaction.response.send_modal(typed.form)
