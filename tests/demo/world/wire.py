"""What the bot sends to Discord, held against Discord's own document."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

from discord.http import Route
from simcord.http import FakeHTTPClient, FakeWebhookAdapter
from simcord.http.router import parse_form

from tests.discord_openapi import problems

_API: Final = "/api/v10"


class Wire:
    """Stands where discord.py hands a request to Discord."""

    def __init__(self) -> None:
        self.faults: Final[list[str]] = []
        """What Discord's document says against the bodies that were sent."""
        self.carried_out: Final[list[Callable[[], None]]] = []
        """Called after each request. simcord itself tells nobody of messages that one member sees."""

    @contextlib.contextmanager
    def tapped(self) -> Iterator[None]:
        """Every request passes here until the block ends, whichever client sends it."""
        by_client, by_token = FakeHTTPClient.request, FakeWebhookAdapter.request

        async def client_request(client: FakeHTTPClient, route: Route, **given: object) -> object:
            self._check(route, given.get("json"), given.get("form"))
            answer = await by_client(client, route, **given)
            self._tell()
            return answer

        async def token_request(adapter: FakeWebhookAdapter, route: Route, session: object, **given: object) -> object:
            # A server decodes the paths that it is asked for; simcord takes them as they are.
            route.url = unquote(route.url)
            self._check(route, given.get("payload"), given.get("multipart"))
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

    def _check(self, route: Route, body: Any, form: object) -> None:  # noqa: ANN401 - as JSON has it
        if form:
            body, _ = parse_form(cast("list[dict[str, Any]]", form), [])
        path = urlsplit(route.url).path.removeprefix(_API)
        self.faults.extend(f"{route.method} {path}: {problem}" for problem in problems(route.method, path, body))
