"""Find out why an address does not lead to a ComfyUI, in words for the operator: ask it once more, judge the answer."""

import json
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import urljoin, urlsplit

import aiohttp

from bot.addresses import masked
from bot.comfyui.http.requests import Requests
from bot.errors import LockedOut, NotComfyUI, Unreachable

_SECONDS: Final = 5.0
_ROUTE: Final = "/queue"
_MOST_BYTES: Final = 2**20
_OK, _BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _TOO_MANY = 200, 400, 401, 403, 429
_BEHIND_A_PROXY: Final = frozenset({502, 503, 504})
_REDIRECTS: Final = range(300, 400)
_LOGIN: Final = "COMFYUI_URLS (http://user:password@host) or COMFYUI_HEADERS (Authorization: Bearer …)"
_CHECK: Final = "Check the host, port and path in COMFYUI_URLS: use the address that opens ComfyUI in a browser."


class Judge(Protocol):
    """Says what is wrong with an address whose answer this is, and what to do; None if it is right."""

    def __call__(
        self, url: str, status: int, headers: Mapping[str, str], body: bytes, *, logged_in: bool = False
    ) -> tuple[str, str] | None: ...


async def explained(
    requests: Requests, fault: Unreachable, route: str = _ROUTE, judged: Judge | None = None
) -> Unreachable:
    """A `NotComfyUI` if something else answers at this address; otherwise `fault` itself. `judged` judges the answer to
    `route`.
    """
    try:
        status, headers, body = await requests.transport.look(route, _SECONDS, _MOST_BYTES)
    except aiohttp.ClientConnectorCertificateError:
        advice = (
            "Set COMFYUI_CA_FILE to its certificate authority (or to the certificate itself, if it is self-signed)."
        )
        return NotComfyUI(requests.url, "Its certificate is not trusted.", advice, untrusted=True)
    except aiohttp.ClientConnectorSSLError:
        other = requests.url.replace("https://", "http://", 1)
        return NotComfyUI(requests.url, f"This port uses http, not https: write {other}.", "Correct COMFYUI_URLS.")
    except aiohttp.ClientResponseError:
        what = "Something answers there, but it does not use HTTP."
        return await _as_https(requests) or NotComfyUI(requests.url, what, _CHECK)
    except (aiohttp.ServerDisconnectedError, ConnectionResetError):
        return await _as_https(requests) or fault
    except (aiohttp.ClientError, TimeoutError, OSError):
        return fault
    if status == _BAD_REQUEST and (found := await _as_https(requests)) is not None:
        return found
    told = (judged or judge)(requests.url, status, headers, body, logged_in=bool(requests.address.secrets))
    if told is not None:
        return NotComfyUI(requests.url, *told, locked=status in {_UNAUTHORIZED, _FORBIDDEN})
    if isinstance(fault, LockedOut) and fault.only is not None:
        advice = "Let what is in front of ComfyUI pass every path on to the bot."
        return NotComfyUI(requests.url, f"It lets the bot in, but not to {fault.only} ({fault.status}).", advice)
    if fault.answered:
        advice = "Check its log, and any proxy between it and the bot."
        return NotComfyUI(requests.url, f"It answers, but not like ComfyUI: {fault.reason}.", advice)
    return fault


def judge(
    url: str, status: int, headers: Mapping[str, str], body: bytes, *, logged_in: bool = False
) -> tuple[str, str] | None:
    """What is wrong with an address whose `/queue` gives this answer, and what to do; None if it is a ComfyUI's."""
    if status in _REDIRECTS and (target := _target(url, headers)) is not None:
        if urlsplit(target).path.endswith(_ROUTE):
            shown = masked(target.partition("?")[0].removesuffix(_ROUTE))
            return f"It redirects to {shown}: write that address.", "Correct COMFYUI_URLS."
        advice = f"If that is a login page, put the login into {_LOGIN}, or use the address of ComfyUI itself."
        return f"It redirects to {masked(target)}.", advice
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        if logged_in:
            return f"It refuses the login that it gets ({status}).", f"Correct {_LOGIN}."
        return f"It asks for a login ({status}).", f"Add it to {_LOGIN}."
    if status in _BEHIND_A_PROXY:
        advice = "Start ComfyUI, and check the address that the proxy forwards to."
        return f"A proxy answers, but the ComfyUI behind it does not ({status}).", advice
    if status == _TOO_MANY:
        return f"It turns requests away for now ({status}).", "Try again later. If that doesn't help, raise its limit."
    if status != _OK:
        return f"Something answers there, but it is not ComfyUI ({status}).", _CHECK
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict) and "queue_running" in answer:
        return None
    if headers.get("Content-Type", "").startswith("text/html"):
        told = "It answers with a web page instead of ComfyUI, perhaps a login page."
        return told, f"If it is a login page, put the login into {_LOGIN}. {_CHECK}"
    return "Something answers there, but it is not ComfyUI.", _CHECK


def _target(url: str, headers: Mapping[str, str]) -> str | None:
    """Where a redirect of `/queue` leads; None without a valid target."""
    try:
        target = urljoin(url + _ROUTE, headers.get("Location") or None)
        urlsplit(target)
    except ValueError:
        return None
    return target if headers.get("Location") else None


async def _as_https(requests: Requests) -> NotComfyUI | None:
    """The fault of an http address whose port speaks https."""
    if not requests.address.http.startswith("http:") or not await requests.transport.speaks_https(_SECONDS):
        return None
    url = requests.url.replace("http://", "https://", 1)
    return NotComfyUI(requests.url, f"This port uses https, not http: write {url}.", "Correct COMFYUI_URLS.")
