"""The container's health check: `python -m bot.health_check` asks /healthz and answers with its exit status.

It is a separate, small program because the container engine starts it every few seconds.
"""

import http.client
import os
import sys
from typing import Final

from dotenv import dotenv_values, find_dotenv

from bot.addresses import read_http_address

_SECONDS: Final = 4.0
_EVERY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked for, not listened at
"""A bot that listens on every address is asked on the loopback address."""


def main() -> int:
    """0: the bot is healthy, or HTTP_PORT is empty and it cannot be asked. 1: unhealthy. 2: HTTP_PORT is wrong."""
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
        sys.stderr.write(f"No answer from /healthz: {fault}\n")
        return 1
    finally:
        connection.close()
    return 0 if status == http.client.OK else 1


if __name__ == "__main__":
    sys.exit(main())
