"""Reads the operator's settings file, `.env`, and adds missing settings to it."""

import contextlib
import os
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final

from bot.errors import EnvFileUnwritten, SettingsError
from bot.settings import VARIABLES

_PLAIN: Final = re.compile(r"[\w./:,@%+\[\]-]*", re.ASCII)
"""Values that every reader of such a file understands without quotation marks."""


def read_env_file(path: Path) -> str:
    """The file's text with its own line endings; empty if there is no file. Raises `SettingsError`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as fault:
        raise SettingsError((f"{path} cannot be read: {os.strerror(fault.errno or 0)}.",)) from fault
    except UnicodeDecodeError:
        raise SettingsError((_not_utf8(path),)) from None
    if "\0" in text:
        raise SettingsError((_not_utf8(path),))
    return text


def forget_empty(environment: MutableMapping[str, str]) -> None:
    """Drop the settings that are empty, as Compose passes on what nobody has set: they must hide none of `.env`."""
    for variable in VARIABLES:
        if not environment.get(variable.name, "unset").strip():
            del environment[variable.name]


def with_settings(text: str, settings: Mapping[str, str]) -> str:
    """The text with these settings filled in. None of them may have a value yet. All other lines stay as they are."""
    for name, value in settings.items():
        text = _with_setting(text, name, _quoted(value))
    return text


def can_be_written(path: Path) -> bool:
    """Whether `write_env_file` has the rights to: in a container, for example, nobody has."""
    return os.access(path.resolve().parent, os.W_OK | os.X_OK)


def write_env_file(path: Path, text: str) -> None:
    """Write the file completely or not at all, readable by its owner only. Raises `EnvFileUnwritten`."""
    # If it is a symbolic link, write its target and keep the link.
    path = path.resolve()
    part = path.with_name(f"{path.name}.new")
    try:
        part.unlink(missing_ok=True)
        _write(part, text.encode())
        part.replace(path)
    except OSError as fault:
        raise EnvFileUnwritten(os.strerror(fault.errno or 0)) from fault
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(opened, "wb") as file:  # noqa: PTH123 - it is open already
        file.write(content)
        file.flush()
        os.fsync(opened)


def _with_setting(text: str, name: str, value: str) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    line = f"{name}={value}"
    blank = r"[^\S\r\n]*"
    empty = (
        rf"^({blank}(?:export{blank})?){name}{blank}={blank}(?:\"{blank}\"|'{blank}')?({blank}(?:#[^\r\n]*)?)(?=\r?$)"
    )
    if found := [*re.finditer(empty, text, re.MULTILINE)]:
        last = found[-1]
        return f"{text[: last.start()]}{last[1]}{line}{last[2]}{text[last.end() :]}"
    # .env.example holds each setting as a comment, below its description.
    if found := [*re.finditer(rf"^#{blank}{name}=[^\r\n]*(?:\r?\n|$)", text, re.MULTILINE)]:
        before, after = text[: found[-1].end()], text[found[-1].end() :]
    else:
        before, after = text, ""
    return f"{before}{end if before and not before.endswith(chr(10)) else ''}{line}{end}{after}"


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _not_utf8(path: Path) -> str:
    return f"{path} is not UTF-8 text: save it as UTF-8, or copy .env.example again and fill it in."
