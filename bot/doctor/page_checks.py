"""Asks for the paint page where members reach it, and judges the answer."""

from collections.abc import Iterator
from typing import Final

import aiohttp

from bot.doctor.findings import Finding, Level

PAGE: Final = "Paint page"
_FILE: Final = "/paint/static/paint.css"
_SECONDS: Final = 10.0
_HTTP_OK: Final = 200


async def ask_page(session: aiohttp.ClientSession, public_url: str) -> str | None:
    """Why the page cannot be reached at its address from here; None if it can."""
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with session.get(f"{public_url}{_FILE}", timeout=timeout, allow_redirects=False) as response:
            if response.status != _HTTP_OK:
                return f"it answers {response.status}"
            return None if response.content_type == "text/css" else "something else answers"
    except TimeoutError:
        return f"no answer within {_SECONDS:.0f} s"
    except (aiohttp.ClientError, OSError) as fault:
        return str(fault) or type(fault).__name__


def check_page(public_url: str, address: tuple[str, int] | None, trouble: str | None) -> Iterator[Finding]:
    """What members can use. `address` is where the bot serves the page itself; `trouble` is from `ask_page`. Pure."""
    if not public_url or address is None:
        text = "Off: members choose the part of an image to change from a grid. PUBLIC_URL switches the page on."
        yield Finding(Level.OK, PAGE, text)
    elif trouble is None:
        yield Finding(Level.OK, PAGE, f"{public_url} can be reached from here.")
    else:
        host, port = address
        advice = (
            f"While the bot is stopped, this is normal. While it runs, let the proxy at that address pass on to "
            f"{host}:{port} (PUBLIC_PORT); docs/paint-page.md has examples."
        )
        yield Finding(Level.WARNING, PAGE, f"{public_url} cannot be reached from here: {trouble}.", advice)
