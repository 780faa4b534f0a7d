"""The first start at a terminal: asks for what is missing, and writes it into `.env`."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bot.errors import SettingsError, Unreachable
from bot.settings import VARIABLES, read_settings
from bot.terminal.env_file import read_env_file, with_settings, write_env_file

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
    environment: Mapping[str, str], env_file: Path, refused: Callable[[str], bool], version_of: Callable[[str], str]
) -> Mapping[str, str]:
    """Ask, write the answers into `env_file`, and return them.

    `refused` asks Discord whether it does not take a token; `version_of` asks the ComfyUI at an address, or raises
    `Unreachable`. Raises `EnvFileUnwritten`, and `EOFError` or `KeyboardInterrupt` where the operator leaves: then
    nothing is written.
    """
    print(f"Welcome. Darkroom asks for what it needs, writes it into {env_file} and starts.")
    print("Ctrl-C leaves; nothing is written then.\n")
    answers = {_TOKEN: _ask_token(refused)}
    settings = read_settings({**environment, **answers})
    given = environment.get(_URLS, "").strip() or settings.comfyui_command
    if "worker" in settings.roles and not given:
        answers[_URLS] = _ask_address({**environment, **answers}, version_of)
    text = read_env_file(env_file) or read_env_file(env_file.with_name(".env.example"))
    write_env_file(env_file, with_settings(text, answers))
    print(f"\nWritten into {env_file}, for you alone to read.")
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
    print("The bot's token")
    print(f"  {_PORTAL}: your application, page Bot, Reset Token.")
    print("  Paste it here. It is not shown.")
    while True:
        token = _cleaned(getpass.getpass("  Token: "))
        why = _why_no_token(token) or ("Discord does not accept this token." if refused(token) else None)
        if why is None:
            return token
        print(f"  {why} Copy it once more: page Bot, Reset Token.")


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


def _ask_address(environment: Mapping[str, str], version_of: Callable[[str], str]) -> str:
    usual = next(variable.default for variable in VARIABLES if variable.name == _URLS) or ""
    print("\nComfyUI's address")
    print("  As in your browser; several with commas between them.")
    while True:
        text = input(f"  Address [{usual}]: ").strip().strip("\"'`").strip() or usual
        address = ",".join(_with_scheme(part.strip()) for part in text.split(",") if part.strip())
        try:
            urls = read_settings({**environment, _URLS: address}).comfyui_urls
        except SettingsError as error:
            print(*(f"  {fault}" for fault in error.faults), sep="\n")
            continue
        # Each is tried, also behind one that does not answer.
        silent = sum(not _answers(url, version_of) for url in urls)
        if not silent or agreed("  Keep it all the same?", otherwise=True):
            return ",".join(urls)


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"http://{address}"


def _answers(url: str, version_of: Callable[[str], str]) -> bool:
    print(f"  Trying {url} …")
    try:
        print(f"  It answers: ComfyUI {version_of(url)}.")
    except Unreachable as fault:
        print(f"  It does not answer: {fault.reason}. Is ComfyUI started, and is that its address?")
        return False
    return True
