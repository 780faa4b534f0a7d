"""Kinds of a bad Discord: what every request meets while it lasts."""

from collections.abc import Mapping
from typing import Final

from tests.discord_server.faults import RESET, SILENT, Failure
from tests.discord_server.stand_in import DiscordStandIn

OUTAGES: Final[Mapping[str, Failure]] = {
    "silent": SILENT,
    "reset": RESET,
    "500": Failure(500),
    "503": Failure(503),
    "a page": Failure(200, page=True),
    "a page that forbids it": Failure(403, page=True),
    "a page that finds nothing": Failure(404, page=True),
    "empty": Failure(200, body=""),
    "half a JSON": Failure(200, body='{"id": "12", "cont'),
    "a list": Failure(200, body="[1, 2]"),
    "wrong types": Failure(200, body='{"id": 12, "channel_id": null, "attachments": 5}'),
    "an error of wrong types": Failure(400, body='{"code": ["50035"], "errors": 7, "message": {}}'),
    "429 without JSON": Failure(429, body="Too many requests"),
    "429 of wrong types": Failure(429, body='{"global": true, "retry_after": "soon"}'),
    "429 for years": Failure(429, body='{"message": "wait", "retry_after": 1e9, "global": true}'),
    "429 from Cloudflare": Failure(429, page=True, via=False),
}


def begin_outage(discord: DiscordStandIn, failure: Failure) -> None:
    """Every request fails like this, on every route, until `discord.faults.forget()`."""
    for method in ("GET", "PATCH", "POST", "PUT", "DELETE"):
        discord.fail_next(method, "*", failure, times=10**6)
