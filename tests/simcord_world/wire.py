"""What the bot sends to Discord: recorded, held against Discord's own document, and broken on demand."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from types import SimpleNamespace
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

import discord
from discord.http import Route
from simcord.http import FakeHTTPClient, FakeWebhookAdapter
from simcord.http.router import parse_form

from tests.discord_openapi import problems

_API: Final = "/api/v10"
# Its pace is 1.2 s; what lies between its clock and the moment of the request may differ by a little.
_CLOSEST: Final = 1.1


@dataclass(frozen=True, slots=True)
class Sent:
    """One request. `at` is in seconds of a clock that simcord leaves alone, `body` is its JSON, `sender` tells a bot
    from the one that was started after it.
    """

    at: float
    sender: object
    method: str
    path: str
    body: Any
    files: int

    @property
    def is_edit(self) -> bool:
        """An edit of a message, by an interaction's token or by the bot's own."""
        return self.method == "PATCH" and "/messages/" in self.path

    @property
    def is_progress(self) -> bool:
        """An edit of a job's message that is not its last: there is still a button to cancel it with."""
        return self.is_edit and "darkroom:cancel:" in str(self.body)


@dataclass(slots=True)
class Trouble:
    """What Discord does to the requests that match: it takes its time, and refuses where there is a status."""

    matches: Callable[[Sent], bool]
    seconds: float = 0.0
    status: int | None = None
    code: int = 0
    times: int | None = None
    """How often; None: until it is taken away."""


class Wire:
    """Stands where discord.py hands a request to Discord."""

    def __init__(self) -> None:
        self.sent: Final[list[Sent]] = []
        self.faults: Final[list[str]] = []
        """What Discord's document says against the bodies that were sent."""
        self.troubles: Final[list[Trouble]] = []
        self.carried_out: Final[list[Callable[[], None]]] = []
        """Called after each request. simcord itself tells nobody of messages that one member sees."""

    def hurried(self) -> list[str]:
        """The progress edits that came sooner after the one before than the pace of a message's writer allows."""
        before: dict[tuple[object, str], float] = {}
        found = []
        for sent in filter(lambda sent: sent.is_progress, self.sent):
            writer = (sent.sender, sent.path)
            if sent.at - before.get(writer, -math.inf) < _CLOSEST:
                found.append(f"{sent.path}: edited {sent.at - before[writer]:.2f} s after the edit before")
            before[writer] = sent.at
        return found

    @contextlib.contextmanager
    def tapped(self) -> Iterator[None]:
        """Every request passes here until the block ends, whichever client sends it."""
        by_client, by_token = FakeHTTPClient.request, FakeWebhookAdapter.request

        async def client_request(client: FakeHTTPClient, route: Route, **given: object) -> object:
            await self._pass(client, route, given.get("json"), given.get("form"), given.get("files"))
            answer = await by_client(client, route, **given)
            self._tell()
            return answer

        async def token_request(adapter: FakeWebhookAdapter, route: Route, session: object, **given: object) -> object:
            # A server decodes the paths that it is asked for; simcord takes them as they are.
            route.url = unquote(route.url)
            await self._pass(adapter, route, given.get("payload"), given.get("multipart"), given.get("files"))
            answer = await by_token(adapter, route, session, **given)  # type: ignore[arg-type]
            self._tell()
            return answer

        taps: list[tuple[type, object]] = [(FakeHTTPClient, client_request), (FakeWebhookAdapter, token_request)]
        for tapped, request in taps:
            setattr(tapped, "request", request)  # noqa: B010
        try:
            yield
        finally:
            for tapped, request in ((FakeHTTPClient, by_client), (FakeWebhookAdapter, by_token)):
                setattr(tapped, "request", request)  # noqa: B010

    def _tell(self) -> None:
        for tell in self.carried_out:
            tell()

    async def _pass(self, sender: object, route: Route, body: object, form: object, files: object) -> None:
        if form:
            body, _ = parse_form(cast("list[dict[str, Any]]", form), [])
        path = urlsplit(route.url).path.removeprefix(_API)
        count = len(cast("list[object] | None", files) or ())
        sent = Sent(monotonic(), sender, route.method, path, body, count)
        self.sent.append(sent)
        self.faults.extend(f"{sent.method} {path}: {problem}" for problem in problems(sent.method, path, sent.body))
        for trouble in self.troubles:
            if trouble.times != 0 and trouble.matches(sent):
                if trouble.times is not None:
                    trouble.times -= 1
                await _make(trouble)


async def _make(trouble: Trouble) -> None:
    await asyncio.sleep(trouble.seconds)
    if trouble.status is not None:
        answer = cast("Any", SimpleNamespace(status=trouble.status, reason="broken on purpose"))
        raise discord.HTTPException(answer, {"code": trouble.code, "message": "broken on purpose"})
