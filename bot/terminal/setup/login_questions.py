"""The first start's questions about a server behind a login. The answers become COMFYUI_URLS, COMFYUI_HEADERS and
COMFYUI_CA_FILE.
"""

import getpass
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bot.addresses import ServerAddress
from bot.terminal.output import say

URLS: Final = "COMFYUI_URLS"
HEADERS: Final = "COMFYUI_HEADERS"
CA_FILE: Final = "COMFYUI_CA_FILE"
_LOGIN: Final = re.compile(r"(?<=://)(?:[^/?#]*@)?")
_HEADER: Final = re.compile(r"[A-Za-z][\w-]*:\s")
"""How a header begins. A token has neither colons nor spaces."""


class TypedAddresses:
    """The addresses as they were typed, with what was typed since to open them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = tuple(texts)
        self._headers: Mapping[str, str] = {}
        self._ca_file = ""
        self._before: tuple[tuple[str, ...], Mapping[str, str], str] = self._texts, self._headers, self._ca_file

    @property
    def settings(self) -> Mapping[str, str]:
        """These as settings. With several addresses, each header is for its own server only."""
        urls = {str(ServerAddress.parse(text)) for text in self._texts}
        headers = [said if len(urls) == 1 else f"{url} => {said}" for url, said in self._headers.items()]
        told = {URLS: ",".join(self._texts), HEADERS: " | ".join(headers), CA_FILE: self._ca_file}
        return {name: value for name, value in told.items() if value}

    def ask_login(self, url: str) -> bool:
        """Ask for what opens this address. False if nothing was typed."""
        say("  Type the user name. For a token, leave it empty.")
        if user := input("  User name: ").strip():
            password = getpass.getpass("  Password (it stays hidden): ")
            self._log_in(url, f"{quote(user, safe='')}:{quote(password, safe='')}@", {})
            return True
        say("  Paste the token, or a whole header (Name: value). It stays hidden. Leave it empty if you have none.")
        if not (token := getpass.getpass("  Login token: ").strip().strip("\"'`").strip()):
            return False
        bare = re.sub(r"(?i)^bearer\s+", "", token)
        self._log_in(url, "", {url: token if _HEADER.match(token) else f"Authorization: Bearer {bare}"})
        return True

    def ask_certificate(self, url: str) -> bool:  # noqa: ARG002 - one file is for all
        """Ask for the certificates to trust. False if nothing was typed."""
        say("  Type the path of its certificate authority (a PEM file), or of its certificate if that is self-signed.")
        if not (typed := input("  Certificate file (empty: none): ").strip().strip("\"'")):
            return False
        self._before = self._texts, self._headers, self._ca_file
        self._ca_file = str(Path(typed).expanduser().absolute())
        return True

    def undo(self) -> None:
        """Drop what was typed last."""
        self._texts, self._headers, self._ca_file = self._before

    def _log_in(self, url: str, login: str, header: Mapping[str, str]) -> None:
        self._before = self._texts, self._headers, self._ca_file
        self._headers = {**{name: said for name, said in self._headers.items() if name != url}, **header}
        self._texts = tuple(
            _LOGIN.sub(lambda _: login, text, count=1) if ServerAddress.parse(text) == url else text
            for text in self._texts
        )
