"""The file with the operator's settings, `.env`: read, and given what was missing in it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.errors import EnvFileUnwritten, SettingsError

_PLAIN: Final = re.compile(r"[\w./:,@%+\[\]-]*", re.ASCII)
"""What means itself without quotation marks, to whoever reads such a file."""


def read_env_file(path: Path) -> str:
    """Its text, with the file's own line ends; empty where there is none. Raises `SettingsError`."""
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


def with_settings(text: str, settings: Mapping[str, str]) -> str:
    """The text with these settings, none of which has a value in it yet. All its other lines stay as they are."""
    for name, value in settings.items():
        text = _with_setting(text, name, _quoted(value))
    return text


def write_env_file(path: Path, text: str) -> None:
    """Write it whole or not at all, for its owner alone: the token is in it. Raises `EnvFileUnwritten`."""
    # What a link leads to is written, not the link.
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
    # The example has each setting as a comment, below what it is for.
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
    return f"{path} is not UTF-8 text: save it as UTF-8, or copy .env.example once more and fill it in."
