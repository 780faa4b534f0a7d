"""Events of the gateway, and the connection that they come over."""

import asyncio
import contextlib
import itertools
import logging
import os
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import discord

log = logging.getLogger(__name__)

_PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between logins that Discord does not answer. The last one repeats."""
_AUTHENTICATION_FAILED: Final = 4004
"""Discord's close code of the gateway: the token is not valid any more."""
_LOGIN_SECONDS: Final = 15.0
"""A login without an answer for this long is tried again, on another connection."""


def log_unreadable_events(client: discord.Client) -> None:
    """Log gateway events that discord.py cannot parse. Without this, one such event would end the program."""
    parsers: dict[str, Callable[[Any], None]] = client._connection.parsers  # noqa: SLF001
    parsers.update({event: _guarded(event, parse) for event, parse in parsers.items()})


def tell_listed_guilds(client: discord.Client, told: Callable[[int, frozenset[int]], None]) -> None:
    """Call `told(shard_id, guild_ids)` with the guilds that Discord lists when a shard begins a session. discord.py
    keeps a guild that is no longer listed, and no event tells that the bot was removed there meanwhile.
    """
    parsers: dict[str, Callable[[Any], None]] = client._connection.parsers  # noqa: SLF001
    parse = parsers["READY"]

    def parsed(data: Any) -> None:  # noqa: ANN401 - Discord's JSON
        parse(data)
        # Without shards, Discord leaves this out (docs.discord.com, "Ready").
        shard_id, _count = data.get("shard") or (0, 1)
        told(shard_id, frozenset(int(one["id"]) for one in data["guilds"]))

    parsers["READY"] = parsed


def _guarded(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def parsed(data: Any) -> None:  # noqa: ANN401 - Discord's JSON
        try:
            parse(data)
        except Exception:
            log.exception("could not parse a %s event from Discord", event)

    return parsed


def surround_interactions(
    client: discord.Client, around: Callable[[object], contextlib.AbstractContextManager[object]]
) -> None:
    """Handle each interaction inside `around(locale)`, with the locale of the member (Discord's name, like "pt-BR").
    What is answered runs in tasks that start there, so they inherit its context variables.
    """
    parsers: dict[str, Callable[[Any], None]] = client._connection.parsers  # noqa: SLF001
    parse = parsers["INTERACTION_CREATE"]

    def surrounded(data: Any) -> None:  # noqa: ANN401 - Discord's JSON
        with around(data.get("locale")):
            parse(data)

    parsers["INTERACTION_CREATE"] = surrounded


def why_no_answer(fault: Exception) -> str:
    """Why a request to Discord got no answer, in words for the operator."""
    if isinstance(fault, TimeoutError):
        return "timed out"
    if isinstance(fault, aiohttp.ClientConnectorError) and not isinstance(fault, aiohttp.ClientSSLError):
        # aiohttp's text has details of the connection that mean nothing to operators. Errors of name resolution have
        # negative numbers.
        error = fault.os_error
        return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
    return str(fault) or type(fault).__name__


async def log_in(client: discord.Client, token: str) -> None:
    """Log in as soon as Discord answers like itself: a start in the middle of an outage waits for its end. Raises
    `discord.LoginFailure` if Discord refuses the token.
    """
    for pause in itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1])):
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                return await client.login(token)
        except discord.LoginFailure:
            raise
        except Exception as fault:
            # Discord has said everything, so this is a fault of ours.
            if client.application is not None:
                raise
            log.warning(
                "cannot log in to Discord: %s. Trying again in %.0f s. Check this machine's internet connection",
                why_no_answer(fault),
                pause,
            )
            # Each login opens a session of its own, on the same connector.
            client.http._HTTPClient__session.detach()  # type: ignore[attr-defined]  # noqa: SLF001
        await asyncio.sleep(pause)
    raise AssertionError


async def stay_connected(client: discord.Client) -> None:
    """Stay connected until cancelled. Cancels again until it works, because discord.py swallows a cancellation while a
    shard starts. Raises `discord.LoginFailure` if the token was reset.
    """
    connection = asyncio.create_task(client.connect())
    try:
        await asyncio.wait([connection])
        connection.result()
    except discord.ConnectionClosed as fault:
        if fault.code == _AUTHENTICATION_FAILED:
            raise discord.LoginFailure(str(fault)) from fault
        raise
    finally:
        while not connection.done():
            connection.cancel()
            await asyncio.wait([connection], timeout=0.1)
