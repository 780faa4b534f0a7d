"""The first start at a terminal: asks for what is missing, and writes it into `.env`."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bot.addresses import ServerAddress
from bot.errors import NotComfyUI, SettingsError, Unreachable
from bot.settings import VARIABLES, read_settings
from bot.terminal.env_file import read_env_file, with_settings, write_env_file
from bot.terminal.output import say

_TOKEN: Final = "DISCORD_TOKEN"  # noqa: S105 - its name
_URLS: Final = "COMFYUI_URLS"
_PORTAL: Final = "https://discord.com/developers/applications"
_TOKEN_FORM: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_YES_OR_NO: Final = {"y": True, "yes": True, "n": False, "no": False}


def can_be_asked(environment: Mapping[str, str]) -> bool:
    """Whether somebody sits there to answer, and the token is all that keeps these settings from being used."""
    # A program that was started without them has none.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        return False
    try:
        settings = read_settings(environment, spared=(_TOKEN,))
    except SettingsError:
        return False
    return not settings.discord_token


def ask_for_settings(
    environment: Mapping[str, str],
    env_file: Path,
    refused: Callable[[str], bool],
    version_of: Callable[[ServerAddress], str],
) -> Mapping[str, str]:
    """Ask, write the answers into `env_file`, and return them.

    `refused` asks Discord whether it does not take a token; `version_of` asks the ComfyUI at an address, or raises
    `Unreachable`. Raises `EnvFileUnwritten`, and `EOFError` or `KeyboardInterrupt` where the operator leaves: then
    nothing is written.
    """
    say(f"Welcome. Darkroom asks for what it needs, writes it into {env_file} and starts.")
    say("Ctrl-C leaves; nothing is written then.\n")
    answers = {_TOKEN: _ask_token(refused)}
    settings = read_settings({**environment, **answers})
    given = environment.get(_URLS, "").strip() or settings.comfyui_command
    if "worker" in settings.roles and not given:
        answers[_URLS] = _ask_address({**environment, **answers}, version_of)
    text = read_env_file(env_file) or read_env_file(env_file.with_name(".env.example"))
    write_env_file(env_file, with_settings(text, answers))
    say(f"\nWritten into {env_file}, for you alone to read.")
    return answers


def agreed(question: str, *, otherwise: bool) -> bool:
    """Yes or no; `otherwise` is what the return key alone says."""
    while True:
        answer = input(f"{question} [{'Y/n' if otherwise else 'y/N'}] ").strip().lower()
        if not answer:
            return otherwise
        if answer in _YES_OR_NO:
            return _YES_OR_NO[answer]


def _ask_token(refused: Callable[[str], bool]) -> str:
    say("The bot's token")
    say(f"  {_PORTAL}: your application, page Bot, Reset Token.")
    say("  Paste it here. It is not shown.")
    while True:
        token = _cleaned(getpass.getpass("  Token: "))
        why = _why_no_token(token) or ("Discord does not accept this token." if refused(token) else None)
        if why is None:
            return token
        say(f"  {why} Copy it once more: page Bot, Reset Token.")


def _cleaned(text: str) -> str:
    """Without what is copied along: spaces, quotation marks, and the word that stands before it in a header."""
    bare = text.strip().strip("\"'`").strip()
    kind, _, rest = bare.partition(" ")
    return rest.strip() if kind.lower() == "bot" else bare


def _why_no_token(text: str) -> str | None:
    """What can be seen without asking anybody; None: it may be one."""
    if not text:
        return "Nothing has come."
    return None if _TOKEN_FORM.fullmatch(text) else "That is no token: one has three parts with dots between them."


def _ask_address(environment: Mapping[str, str], version_of: Callable[[ServerAddress], str]) -> str:
    usual = next(variable.default for variable in VARIABLES if variable.name == _URLS) or ""
    say("\nComfyUI's address")
    say("  As in your browser; several with commas between them.")
    while True:
        text = input(f"  Address [{usual}]: ").strip().strip("\"'`").strip() or usual
        address = ",".join(_with_scheme(part.strip()) for part in text.split(",") if part.strip())
        try:
            urls = read_settings({**environment, _URLS: address}).comfyui_urls
        except SettingsError as error:
            say("\n".join(f"  {fault}" for fault in error.faults))
            continue
        # Each is tried, also behind one that does not answer.
        silent = sum(not _answers(url, version_of) for url in urls)
        if not silent or agreed("  Keep it all the same?", otherwise=True):
            # A password is only in what was typed: an address has none in its text.
            return address if any(url.secrets for url in urls) else ",".join(urls)


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"http://{address}"


def _answers(url: ServerAddress, version_of: Callable[[ServerAddress], str]) -> bool:
    say(f"  Trying {url} …")
    try:
        say(f"  It answers: ComfyUI {version_of(url)}.")
    except NotComfyUI as fault:
        say(f"  {fault.reason} {fault.advice}")
        return False
    except Unreachable as fault:
        say(f"  It does not answer: {fault.reason}. Is ComfyUI started, and is that its address?")
        return False
    return True
