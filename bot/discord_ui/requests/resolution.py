"""From what a member gave to what the workflow gets, for every request: commands, buttons and forms.

A job stores both: `Job.values` is what is drawn, `Job.request` is what to give again for another image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.discord_ui.access.requester import Requester
from bot.workflows import Pack


@dataclass(frozen=True, slots=True)
class Resolved:
    """The `values` for the workflow's parameters. `given` is what they come from; None if that is the same."""

    values: dict[str, object]
    given: dict[str, object] | None = None


async def resolve(
    requester: Requester,  # noqa: ARG001 - styles belong to the requester's guild
    pack: Pack,  # noqa: ARG001 - a prompt may set the pack's parameters
    values: Mapping[str, object],
) -> Resolved | str:
    """The values that the workflow gets, or what to tell the member about those that cannot be used."""
    return Resolved(dict(values))
