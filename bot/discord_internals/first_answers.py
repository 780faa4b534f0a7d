"""Requests of discord.py on their way to Discord: their bodies, their limits, and the first answers to interactions."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, cast

import aiohttp
import discord
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

_ALREADY_ACKNOWLEDGED: Final = 40060
"""Discord's error code: the interaction has its first answer already."""
_SUGGESTIONS: Final = discord.InteractionResponseType.autocomplete_result.value
_MOST_TRIED: Final = 1000
"""Interactions that are remembered. They live 15 minutes; a first answer is tried within seconds."""
_TRYING_SECONDS: Final = 1.8
"""For so long a first answer is tried again. Discord waits three seconds for one."""
_PAUSE_SECONDS: Final = 0.4
_PAYLOAD: Final = "payload_json"


class AnsweredElsewhere(Exception):  # noqa: N818 - nothing is wrong with the interaction
    """The first answer to an interaction came too late: it has one already. `unsure`: that may come from an earlier try
    of this process, whose response was lost. Otherwise another program that uses the same token has answered.
    """

    def __init__(self, *, unsure: bool) -> None:
        super().__init__("the interaction was answered already")
        self.unsure = unsure


class FirstAnswers:
    """Hears of every first answer that this process gives to an interaction. `answer` is its type, Discord's number."""

    async def answering(self, interaction_id: int, token: str, answer: int) -> None:
        """It is about to be sent."""

    def answered(self, interaction_id: int, answer: int) -> None:
        """Discord has accepted it."""

    def answered_elsewhere(self, interaction_id: int, answer: int) -> None:
        """Discord has refused it, because another process has answered."""


NOBODY: Final = FirstAnswers()


def intercept_requests(
    client: discord.Client,
    *,
    rewrite: Callable[[Any], Any],
    timeout: Callable[[], Any],
    first_answers: FirstAnswers = NOBODY,
) -> None:
    """Pass the JSON of every request through `rewrite`, and send it with the limits that `timeout` returns (aiohttp's
    `ClientTimeout`), which discord.py offers no way to set. This covers what the client sends with the bot's token, and
    what this task and the tasks it starts send with the tokens of interactions.

    First answers to interactions raise `AnsweredElsewhere` instead of discord.py's error if somebody else was faster.
    `first_answers` hears of them.
    """
    request = client.http.request
    tried: dict[int, None] = {}

    async def rewriting(route: Route, *, form: Any = None, **rest: Any) -> Any:  # noqa: ANN401 - as discord.py has it
        if "json" in rest:
            rest["json"] = rewrite(rest["json"])
        try:
            return await request(route, form=_parts(form, rewrite), timeout=timeout(), **rest)
        except BaseException:
            # A request that is cancelled while it waits out a global limit would keep all others waiting for ever.
            client.http._global_over.set()  # noqa: SLF001
            raise

    class Limited:
        """A session whose requests have these limits."""

        def __init__(self, session: Any) -> None:  # noqa: ANN401 - as discord.py has it
            self._session = session
            self.requests = 0

        def request(self, *where: Any, **rest: Any) -> Any:  # noqa: ANN401
            self.requests += 1
            return self._session.request(*where, timeout=timeout(), **rest)

    class Adapter(AsyncWebhookAdapter):
        async def request(
            self,
            route: Any,  # noqa: ANN401
            session: Any,  # noqa: ANN401
            *,
            payload: Any = None,  # noqa: ANN401
            multipart: Any = None,  # noqa: ANN401
            **rest: Any,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            limited = Limited(session)

            async def send() -> Any:  # noqa: ANN401
                body = {"payload": rewrite(payload), "multipart": _parts(multipart, rewrite)}
                return await super(Adapter, self).request(route, cast("Any", limited), **body, **rest)

            if not _is_first_answer(route):
                return await send()
            earlier = self._tried(route)
            kind = _kind_of_answer(payload, multipart)
            await first_answers.answering(route.webhook_id, route.webhook_token, kind)
            try:
                response = await _until_heard(send, rest.get("files") or ())
            except discord.HTTPException as fault:
                if fault.code != _ALREADY_ACKNOWLEDGED:
                    raise
                unsure = earlier or limited.requests > 1
                if not unsure:
                    first_answers.answered_elsewhere(route.webhook_id, kind)
                if kind == _SUGGESTIONS:
                    return None
                raise AnsweredElsewhere(unsure=unsure) from fault
            first_answers.answered(route.webhook_id, kind)
            return response

        def _tried(self, route: Any) -> bool:  # noqa: ANN401
            """Whether this process has tried before to give this interaction its first answer."""
            if route.webhook_id in tried:
                return True
            while len(tried) >= _MOST_TRIED:
                del tried[next(iter(tried))]
            tried[route.webhook_id] = None
            return False

    client.http.request = rewriting  # type: ignore[method-assign]  # discord.py offers no hook
    async_context.set(Adapter())  # type: ignore[no-untyped-call]  # discord.py leaves it untyped


async def _until_heard(send: Callable[[], Awaitable[Any]], files: Sequence[discord.File]) -> Any:  # noqa: ANN401
    """Send a first answer, again and again for a while if the connection breaks, or if not Discord answers, but what
    stands before it: Cloudflare's pages and limits have no code of Discord's. If an earlier try has arrived after all,
    Discord refuses the next one as answered already.
    """
    clock = asyncio.get_running_loop().time
    late = clock() + _TRYING_SECONDS
    while True:
        try:
            return await send()
        except TimeoutError:
            raise
        except discord.HTTPException as fault:
            if fault.code or clock() > late:
                raise
        except (aiohttp.ClientError, OSError, TypeError, ValueError):
            # discord.py raises the last two where it expects JSON.
            if clock() > late:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)
        for file in files:
            file.reset(seek=True)


def _parts(form: Sequence[dict[str, Any]] | None, rewrite: Callable[[Any], Any]) -> list[dict[str, Any]] | None:
    """Rewrite the JSON part of a body with files."""
    if form is None:
        return None
    return [
        {**part, "value": json.dumps(rewrite(json.loads(part["value"])))} if part["name"] == _PAYLOAD else part
        for part in form
    ]


def _is_first_answer(route: Any) -> bool:  # noqa: ANN401 - as discord.py has it
    return bool(route.path.endswith("/callback"))


def _kind_of_answer(payload: Mapping[str, Any] | None, form: Sequence[Mapping[str, Any]] | None) -> int:
    """The type of a first answer, which may have files."""
    if payload is None:
        payload = next((json.loads(part["value"]) for part in form or () if part["name"] == _PAYLOAD), {})
    return int(payload.get("type", 0))
