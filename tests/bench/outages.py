"""`make bench ARGS=hostile`: Discord is out of order for half a minute, and images are finished meanwhile."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.scale.progress import Progress, measure_each
from tests.bench.scale.stage import Stage, stage
from tests.discord_server import Failure, Interaction, Message, User, answered
from tests.discord_server.outages import OUTAGES, begin_outage
from tests.looks import says

KINDS: Final[Mapping[str, Failure]] = {
    "discord-silent": OUTAGES["silent"],
    "discord-500": OUTAGES["500"],
    "discord-503": OUTAGES["503"],
    "discord-html": OUTAGES["a page"],
    "discord-empty": OUTAGES["empty"],
    "discord-half": OUTAGES["half a JSON"],
    "discord-types": OUTAGES["wrong types"],
    "discord-lost": Failure(200, body='{"id": "12", "cont', applied=True),
}
"""The last one does what it is asked, and only its answers are lost: that is how an image comes twice."""
_OUTAGE_SECONDS: Final = 30.0
_SOON_SECONDS: Final = 30.0
"""After the end of the outage every image is shown within this time."""
_PATIENCE_SECONDS: Final = 120.0
"""After the end of the outage."""
_PREPARING_SECONDS: Final = 20.0
"""Enough for all requests to be accepted before the outage begins, on a busy machine too."""
_MARGIN_SECONDS: Final = 2.0
"""The first image is finished so long after the beginning, and the last so long before the end."""
_LOOK_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Route:
    """The way of an image to its owner. The token expires when the request is accepted, or as the outage begins."""

    about: str
    private: bool = False
    grid: bool = False
    thread: bool = False
    expires_at_once: bool = False
    expires: bool = False


_ROUTES: Final = (
    *[_Route("token")] * 3,
    *[_Route("channel", expires_at_once=True)] * 3,
    *[_Route("token expires meanwhile", expires=True)] * 2,
    *[_Route("private, token", private=True)] * 2,
    *[_Route("private, token expires meanwhile", private=True, expires=True)] * 2,
    _Route("archived thread", thread=True, expires=True),
    _Route("grid, token", grid=True),
    _Route("grid, channel", grid=True, expires_at_once=True),
)


@dataclass(frozen=True, slots=True)
class _Expected:
    """An image, or a grid's sheet, that somebody waits for."""

    route: _Route
    interaction: Interaction
    words: str

    def shown(self, on: Stage) -> Mapping[int, float]:
        """Each message that shows it, and since when, by the monotonic clock."""
        mine, user = self.interaction.message, self.interaction.user
        others = [one for one in on.discord.messages(self.interaction.channel) if self.words in one.content]
        found = {one.id: one for one in (mine, *others, *on.discord.messages(on.discord.direct(user)))}
        since = {number: _since(one) for number, one in found.items()}
        return {number: at for number, at in since.items() if at is not None}


@dataclass(frozen=True, slots=True)
class Survived:
    """What became of the images; `delays`: seconds from the end of the outage until each was shown, and its route."""

    expected: int
    finished_meanwhile: int
    delays: Sequence[tuple[float, str]]
    twice: Sequence[str]
    lost: Sequence[str]
    failed_requests: int
    longest_silence: float


async def run(names: Collection[str]) -> None:
    """Print what the cases of these names take; all of them where none is named."""
    await measure_each(names, KINDS, _measure)


async def _measure(progress: Progress, name: str, failure: Failure) -> None:
    _tell(progress, name, await survive(progress, failure))


async def survive(progress: Progress, failure: Failure) -> Survived:
    """Let one outage pass while images are finished."""
    servers = len(_ROUTES) + sum(route.grid for route in _ROUTES)
    async with stage(progress, servers, threads=1) as on:
        begins_at = time.monotonic() + _PREPARING_SECONDS
        expected = [await _ask(on, number, begins_at) for number in range(len(_ROUTES))]
        await on.idle(begins_at - time.monotonic(), "before the outage")
        for one in expected:
            if one.route.expires:
                one.interaction.expire()
            if one.route.thread:
                on.discord.archive(one.interaction.channel)
        begin_outage(on.discord, failure)
        began = time.monotonic()
        await on.idle(_OUTAGE_SECONDS, "the outage")
        on.discord.faults.forget()
        ended = time.monotonic()
        await _until_shown(on, expected, ended)
        await on.figures()
        return _survived(on, expected, began, ended)


async def _ask(on: Stage, number: int, begins_at: float) -> _Expected:
    """Request an image that will be finished during the outage: each route's at another time, spread evenly."""
    route, words = _ROUTES[number], f"fox-{number:02}"
    user, channel = User(f"member{number}"), on.discord.guild.channels[-1 if route.thread else 0]
    spread = (_OUTAGE_SECONDS - 2 * _MARGIN_SECONDS) * number / (len(_ROUTES) - 1)
    seconds = begins_at + _MARGIN_SECONDS + spread - time.monotonic()
    if route.grid:
        prompt = f"{seconds:.1f}s a {{red|blue}} {words}"
        given = {"prompt": prompt, "x": "{red|blue}"}
        asked = await answered(on.discord.slash("grid", user=user, channel=channel, options=given))
        await asked.message.until(lambda message: not message.loading)
        interaction = await answered(on.discord.press(asked.message, "Start", user=user))
        await asked.message.until(says("Started"))
    else:
        order = await on.order(user, f"{seconds:.1f}s a {words}", channel, private=route.private)
        await order.interaction.acknowledged()
        interaction = order.interaction
    if route.expires_at_once:
        interaction.expire()
    return _Expected(route, interaction, words)


async def _until_shown(on: Stage, expected: Sequence[_Expected], ended: float) -> None:
    """And a little longer: an image that comes twice may come late."""
    while time.monotonic() < ended + _PATIENCE_SECONDS:
        shown = sum(bool(one.shown(on)) for one in expected)
        on.progress.show(f"{shown} of {len(expected)} shown")
        if shown == len(expected) and time.monotonic() > ended + _SOON_SECONDS:
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _survived(on: Stage, expected: Sequence[_Expected], began: float, ended: float) -> Survived:
    ends = [run.ended for run in on.comfyuis.runs if run.ended is not None]
    shown = [(one, one.shown(on)) for one in expected]
    return Survived(
        expected=len(expected),
        finished_meanwhile=sum(began < end < ended for end in ends),
        delays=sorted((min(at.values()) - ended, one.route.about) for one, at in shown if at),
        twice=[one.route.about for one, at in shown if len(at) > 1],
        lost=[one.route.about for one, at in shown if not at],
        failed_requests=sum(request.failed for request in on.discord.requests),
        longest_silence=on.longest_silence,
    )


def _since(message: Message) -> float | None:
    """When it first showed its finished image; None if it shows none now."""
    if message.deleted or not message.attachments:
        return None
    return next((state.at for state in message.states if state.attachments and "✅" in state.content), None)


def _tell(progress: Progress, name: str, survived: Survived) -> None:
    progress.say(f"\n  {name}: {len(survived.delays)} of {survived.expected} shown")
    latest = ", ".join(f"{seconds:.1f} s ({about})" for seconds, about in reversed(survived.delays[-3:]))
    for what, figure in (
        ("generations that ended in the outage", survived.finished_meanwhile),
        (f"the latest after its end (<= {_SOON_SECONDS:.0f} s)", latest or "none"),
        ("lost", ", ".join(survived.lost) or 0),
        ("twice", ", ".join(survived.twice) or 0),
        ("requests that met it", survived.failed_requests),
        ("longest silence of the loop", f"{survived.longest_silence:.2f} s"),
    ):
        progress.figure(what, figure)
