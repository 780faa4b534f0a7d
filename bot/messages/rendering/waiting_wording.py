"""Why no image starts although somebody is waiting, in words for members."""

import time
from collections.abc import Sequence
from typing import Final

from bot.discord_times import shown_time
from bot.ledger import BUDGET, BUSY, KnownServer, Rest, Standing, resting
from bot.messages.rendering.errors.error_wording import why_away
from bot.translation import N_, _, ngettext

_TODAY_SECONDS: Final = 20 * 3600.0
"""Further ahead, a time of day alone could be taken for today's."""
_RESTING: Final = N_("The GPU is resting; your place is kept.")
_RESTING_UNTIL: Final = N_("The GPU is resting until {when}; your place is kept.")
_IN_USE: Final = N_("Somebody else is using the GPU right now. Requests start once it’s free; your place is kept.")
_NO_MONEY: Final = N_("This month’s budget is used up. Requests start again {when}; your place is kept.")


def explain_rest(rest: Rest) -> str:
    """Why the GPU rests, and until when. Discord shows the time by each reader's own clock."""
    if rest.why == BUDGET and rest.until is not None:
        return _(_NO_MONEY).format(when=f"<t:{int(rest.until)}:D>")
    if rest.until is not None:
        far = rest.until - time.time() > _TODAY_SECONDS
        return _(_RESTING_UNTIL).format(when=f"<t:{int(rest.until)}:{'f' if far else 't'}>")
    return _(_IN_USE if rest.why == BUSY else _RESTING)


def behind_foreign_work(count: int) -> str:
    """Why a job waits behind `count` prompts that somebody queued in ComfyUI's own page. A prompt may make several
    images or none; members read of images.
    """
    return ngettext(
        "waiting for {count} image started directly in ComfyUI",
        "waiting for {count} images started directly in ComfyUI",
        count,
    ).format(count=count)


def ready_when(standing: Standing) -> list[str]:
    """When a waiting job should be ready, if that is known. Nobody knows for sure how long the prompts of others take,
    so behind them it is the earliest time.
    """
    if standing.ready_at is None:
        return []
    said = _("ready {when} at the earliest") if standing.foreign else _("ready {when}")
    return [said.format(when=shown_time(standing.ready_at, "R"))]


def why_waiting(servers: Sequence[KnownServer], *, away: bool) -> str | None:
    """Why no server takes jobs; None if one does, or if it is not known yet. `away`: all are certainly unreachable."""
    if (rest := resting(servers)) is not None:
        return explain_rest(rest)
    return why_away([server.trouble for server in servers]) if away else None
