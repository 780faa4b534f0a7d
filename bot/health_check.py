"""Asks the bot in the same container how it is: `python -m bot.health_check`, with the exit status as the answer.

A program of its own, and a small one: a container's engine starts it every few seconds.
"""

from __future__ import annotations

import http.client
import os
import sys
from typing import Final

from dotenv import dotenv_values, find_dotenv

from bot.settings import read_http_address

_SECONDS: Final = 4.0
_EVERY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked for, not listened at
"""Who listens everywhere is asked on this machine."""


def main() -> int:
    """0: all is well, or HTTP_PORT is empty, so that nobody can be asked. 1: something is wrong, 2: HTTP_PORT is."""
    settings = {**dotenv_values(find_dotenv(usecwd=True)), **os.environ}
    try:
        address = read_http_address((settings.get("HTTP_PORT") or "").strip())
    except ValueError as fault:
        sys.stderr.write(f"HTTP_PORT: {fault}.\n")
        return 2
    if address is None:
        return 0
    host, port = address
    connection = http.client.HTTPConnection(_EVERY_ADDRESS.get(host, host), port, timeout=_SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as fault:
        sys.stderr.write(f"/healthz does not answer: {fault}\n")
        return 1
    finally:
        connection.close()
    return 0 if status == http.client.OK else 1


if __name__ == "__main__":
    sys.exit(main())
