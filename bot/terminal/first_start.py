"""The first start at a terminal: asks for what is missing and writes it into `.env`."""

from __future__ import annotations

import getpass
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from bot.errors import SettingsError
from bot.settings import VARIABLES, read_settings
from bot.terminal.env_text import with_settings

_PORTAL: Final = "https://discord.com/developers/applications"
_DEFAULTS: Final = {variable.name: variable.default or "" for variable in VARIABLES}
_PRIVATE: Final = 0o600


class Probe(Protocol):
    """What can be found out about an answer right away."""

    def token_refused(self, token: str) -> bool:
        """Whether Discord says that this is no bot's token."""
        ...

    def server_at(self, url: str) -> tuple[bool, str]:
        """Whether a ComfyUI answers there, and a sentence about it."""
        ...


def ask_for_missing(environment: Mapping[str, str], probe: Probe) -> dict[str, str]:
    """The settings that the operator types, by name. Raises `EOFError` and `KeyboardInterrupt` where he leaves."""
    print("Welcome to Darkroom. A question or two, and it starts; Ctrl-C leaves, and nothing is written.\n")
    answers = {"DISCORD_TOKEN": _ask_token(probe)}
    if not environment.get("COMFYUI_URLS", "").strip() and not environment.get("COMFYUI_COMMAND", "").strip():
        answers["COMFYUI_URLS"] = _ask_server(probe)
    return answers


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Change these settings in the file, or make it from the example beside it: at once, and for nobody else to read.

    Raises `OSError`.
    """
    example = path.with_name(".env.example")
    text = next((one.read_text(encoding="utf-8-sig") for one in (path, example) if one.exists()), "")
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(with_settings(text, values))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def goes_on(question: str) -> bool:
    """What is answered to a question; yes is what Enter says."""
    return input(f"{question} [Y/n] ").strip().lower() in {"", "y", "yes"}


def _ask_token(probe: Probe) -> str:
    print(f"1. The bot's token: {_PORTAL}, your application, page Bot, Reset Token.")
    return _ask(
        "   Token (it is not shown as you paste it): ", getpass.getpass, lambda said: _checked_token(said, probe)
    )


def _ask_server(probe: Probe) -> str:
    usual = _DEFAULTS["COMFYUI_URLS"]
    print("\n2. The address of ComfyUI, as you open it in a browser; several with commas between them.")
    kept: list[str] = []

    def checked(said: str) -> str:
        urls = _checked_urls(said or ",".join(kept) or usual)
        silent = 0
        for url in urls:
            answers, sentence = probe.server_at(url)
            print(f"   {sentence}")
            silent += not answers
        if silent and kept != urls:
            kept[:] = urls
            raise ValueError("Start it, or type another address; Enter keeps this one all the same.")
        return ",".join(urls)

    return _ask(f"   Address [{usual}]: ", input, checked)


def _ask(question: str, read: Callable[[str], str], check: Callable[[str], str]) -> str:
    """Until the answer will do; `check` says in a ValueError why it does not."""
    while True:
        try:
            return check(read(question).strip())
        except ValueError as fault:
            print(f"   {fault}")


def _checked_token(said: str, probe: Probe) -> str:
    token = said.strip("\"'").removeprefix("Bot ").strip()
    if not token:
        raise ValueError("There is no bot without one.")
    if not token.isascii() or any(map(str.isspace, token)):
        raise ValueError("A token has neither spaces nor special letters in it. Copy it again.")
    if probe.token_refused(token):
        raise ValueError("Discord does not know this token. Is it that of the page Bot, and the newest? Once more.")
    return token


def _checked_urls(said: str) -> list[str]:
    urls = [one.strip() for one in said.split(",") if one.strip()]
    full = [one if "://" in one else f"http://{one}" for one in urls]
    try:
        return list(read_settings({"COMFYUI_URLS": ",".join(full)}, spared=("DISCORD_TOKEN",)).comfyui_urls)
    except SettingsError as error:
        raise ValueError(" ".join(error.faults)) from error
