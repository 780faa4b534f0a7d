"""The first start in a terminal: asks for the missing settings and saves them in `.env`."""

import getpass
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from bot.addresses import Kind, ServerAddress, split_addresses
from bot.errors import NotComfyUI, SettingsError, Unreachable
from bot.settings import VARIABLES, explain_unreadable, read_settings
from bot.terminal.output import say
from bot.terminal.setup.env_file import (
    can_be_written,
    read_env_file,
    with_settings,
    write_env_file,
)
from bot.terminal.setup.login_questions import HEADERS, URLS, TypedAddresses

_EXAMPLES: Final = (
    Path(__file__).parents[2] / "shipped.env.example",
    Path(__file__).parents[3] / ".env.example",
)
"""Every setting with its default, as a comment: in an installed package, and in a checkout."""
_TOKEN: Final = "DISCORD_TOKEN"  # noqa: S105 - its name
_RUNPOD_KEY: Final = "RUNPOD_API_KEY"
_KEY: Final = "COMFY_API_KEY"
_PORTAL: Final = "https://discord.com/developers/applications"
_TOKEN_FORM: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
VersionOf = Callable[[ServerAddress, Path | None], str]
"""What is at an address, with its version. The file has more certificates to trust."""
_YES_OR_NO: Final = {"y": True, "yes": True, "n": False, "no": False, "": False}


def can_be_asked(environment: Mapping[str, str], env_file: Path) -> bool:
    """Whether there is a terminal to ask in and a place for the answers, and the settings lack the token but have no
    other fault.
    """
    # A program that was started without standard streams has None here.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        return False
    if not can_be_written(env_file):
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
    version_of: VersionOf,
) -> Mapping[str, str]:
    """Ask for the settings, save the answers in `env_file`, and return them.

    `refused` asks Discord whether it refuses a token. `version_of` returns what is at an address, with its version, or
    raises `Unreachable`. Raises `EnvFileUnwritten`, and `EOFError` or `KeyboardInterrupt` if the operator leaves; then
    nothing is saved.
    """
    say(f"Welcome! Darkroom asks for the settings it needs, saves them in {env_file} and starts.")
    say("Press Ctrl-C to leave without saving anything.\n")
    unreadable = explain_unreadable(read_env_file(env_file), env_file)
    for sentence in read_settings(environment, (_TOKEN,), unreadable).unknown:
        say(f"{sentence}\n")
    answers = {_TOKEN: _ask_token(refused)}
    settings = read_settings({**environment, **answers})
    given = environment.get(URLS, "").strip() or settings.comfyui_command
    if "worker" in settings.roles and not given:
        answers |= _ask_address({**environment, **answers}, version_of)
    text = next(filter(None, map(read_env_file, (env_file, *_EXAMPLES))), "")
    write_env_file(env_file, with_settings(text, answers))
    say(f"\nSaved in {env_file}. Only your user can read it.")
    return answers


def agreed(question: str) -> bool:
    """Ask a yes-or-no question. An empty answer means no."""
    while True:
        answer = input(f"{question} [y/N] ").strip().lower()
        if answer in _YES_OR_NO:
            return _YES_OR_NO[answer]


def _ask_token(refused: Callable[[str], bool]) -> str:
    say("The bot's token")
    say(f"  Open {_PORTAL}, choose your application, then Bot > Reset Token.")
    say("  Paste the token here. It stays hidden.")
    while True:
        token = _cleaned(getpass.getpass("  Token: "))
        why = _why_no_token(token) or ("Discord refused this token." if refused(token) else None)
        if why is None:
            return token
        say(f"  {why} Copy it again: Bot > Reset Token.")


def _cleaned(text: str) -> str:
    """The token without what people copy along with it: spaces, quotation marks, and the word Bot of an HTTP header."""
    bare = text.strip().strip("\"'`").strip()
    kind, _, rest = bare.partition(" ")
    return rest.strip() if kind.lower() == "bot" else bare


def _why_no_token(text: str) -> str | None:
    """Why the text cannot be a token, as far as its form shows; None: it may be one."""
    if not text:
        return "Nothing was entered."
    return None if _TOKEN_FORM.fullmatch(text) else "That is not a bot token: it has three parts, separated by dots."


def _ask_address(environment: Mapping[str, str], version_of: VersionOf) -> Mapping[str, str]:
    """The addresses, with the logins and keys that they need."""
    usual = next(variable.default for variable in VARIABLES if variable.name == URLS) or ""
    say("\nThe address of your ComfyUI server")
    say("  As in your browser, or runpod:// and an endpoint's id. Separate several addresses with commas.")
    while True:
        text = input(f"  Address [{usual}]: ").strip().strip("\"'`").strip() or usual
        typed = [_with_scheme(address) for address in split_addresses(text)]
        try:
            key = _ask_runpod_key(environment) if any("runpod://" in address for address in typed) else {}
            urls = read_settings({**environment, URLS: ",".join(typed), **key}).comfyui_urls
        except SettingsError as error:
            say("\n".join(f"  {fault}" for fault in error.faults))
            continue
        key = {**key, **({} if environment.get(_KEY, "").strip() else _ask_key(urls))}
        addresses = TypedAddresses(typed)
        # Try every address, even after one has failed.
        silent = sum(not _answers(url, addresses, {**environment, **key}, version_of) for url in urls)
        if not silent or agreed("  Use this address anyway?"):
            answers = {**addresses.settings, **key}
            urls = read_settings({**environment, **answers}).comfyui_urls
            # Only the typed text holds a password: a parsed address has none.
            return answers if any(url.secrets for url in urls) else {**answers, URLS: ",".join(urls)}


def _ask_runpod_key(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The key, if the environment has none."""
    if environment.get(_RUNPOD_KEY, "").strip():
        return {}
    say("  RunPod asks for a key: RunPod console > Settings > API Keys. It stays hidden.")
    return {_RUNPOD_KEY: getpass.getpass("  Key: ").strip()}


def _ask_key(urls: Iterable[ServerAddress]) -> Mapping[str, str]:
    """The key for servers that are rented, if any of these is one."""
    if not any(url.kind is Kind.API_V2 and not url.secrets for url in urls):
        return {}
    say("  Paste the key for Comfy API v2 here. It stays hidden. Leave it empty for a server without a key.")
    key = getpass.getpass("  Key: ").strip().strip("\"'`").strip()
    return {_KEY: key} if key.isascii() and key.isprintable() and key else {}


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"http://{address}"


def _answers(name: str, addresses: TypedAddresses, environment: Mapping[str, str], version_of: VersionOf) -> bool:
    """Whether ComfyUI answers there. Asks for the login or certificate that it needs, until that fits or the operator
    types nothing.
    """
    ask = addresses.ask_login
    while True:
        try:
            settings = read_settings({**environment, **addresses.settings})
        except SettingsError as error:
            say("\n".join(f"  {fault}" for fault in error.faults))
            addresses.undo()
            if ask(name):
                continue
            return False
        url = next(one for one in settings.comfyui_urls if one == name)
        say(f"  Trying {url} …")
        try:
            say(f"  Connected: {version_of(url, settings.comfyui_ca_file)}.")
        except NotComfyUI as fault:
            # What is set already can't be added to.
            if fault.locked and url.kind is Kind.COMFYUI and not environment.get(HEADERS, "").strip():
                ask = addresses.ask_login
            elif fault.untrusted and settings.comfyui_ca_file is None:
                ask = addresses.ask_certificate
            else:
                say(f"  {fault.reason} {fault.advice}")
                return False
            say(f"  {fault.reason}")
            if not ask(name):
                return False
        except Unreachable as fault:
            say(f"  No answer from ComfyUI: {fault.reason}. Check that it is running and that this is its address.")
            return False
        else:
            return True
