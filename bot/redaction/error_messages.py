"""Turns a server's error message into lines that are safe to log and to show to moderators. Pure and total.

An exception's message can have any length and hold anything: folders with people's names, addresses, tokens, a
traceback, or line breaks and escape sequences that would forge log lines.
"""

import ipaddress
import re
import unicodedata
from typing import Final

LONGEST_LINE: Final = 300
"""The most characters of a redacted message."""
_EXAMINED: Final = 2000
"""The characters that are read at all. No pattern gets more, so none can take long."""
_EXAMINED_TEXT: Final = 40_000
"""The characters that are read of a text of several lines."""
_DEEPEST: Final = 12
"""Spaces at the beginning of a line that are kept."""
_FILE_LINE: Final = re.compile(r"\s*File \"([^\"]{1,1000})\"(.*)")
_CODE_FOLDERS: Final = frozenset({"custom_nodes", "site-packages", "dist-packages"})
_REMOVED: Final = "…"
"""Replaces what was removed."""

_ESCAPES: Final = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # window titles, links
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, cursor movements
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_ENDS: Final = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")

_MODEL_SUFFIX: Final = r"\.(?:safetensors|sft|ckpt|pth?|bin|gguf|onnx|pkl|engine)\b"
_MODEL: Final = re.compile(rf"[^\\/]{{1,150}}{_MODEL_SUFFIX}", re.IGNORECASE)
"""The name of a model file is kept: it helps, and the server lists it for everybody anyway."""
_PART: Final = r"[^\\/:\s\"'<>|?*`]"
_FOLDERS: Final = rf"(?:{_PART}{{1,255}}(?: {_PART}{{1,255}}){{0,3}}[\\/]+)*"
_ROOT: Final = r"(?:[A-Za-z]:[\\/]+|\\\\+|~[\w.-]{0,64}[\\/]|/(?=[^\s/])|file:/+)"
_QUOTED_PATH: Final = re.compile(rf"([\"'`])(?:{_ROOT}|\.{{1,2}}[\\/])([^\"'`]*)\1")
_HOME: Final = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\+Users\\+)[^\\/\"'`]*$")
"""A home folder at the end of the text: it may be a name with spaces, whose end is not known."""
_PATH: Final = re.compile(
    # An absolute path. A slash after a word does not start one: “and/or”, “3/4”.
    rf"(?<![\w.{_REMOVED})\]]){_ROOT}{_FOLDERS}({_PART}*)(?:\?[^\s\"']*)?"
    # A relative path: one with a backslash, or with two separators.
    rf"|(?<![\w.{_REMOVED}-]){_PART}{{1,255}}(?:\\+|/{_PART}{{1,255}}/){_FOLDERS}({_PART}*)"
)
_ADDRESSES: Final = re.compile(
    r"(?<=host=')[^']*|(?<=host=\")[^\"]*"
    r"|\b[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"'<>|]+"
    r"|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})*"  # an email address, or user@host
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)(?::\d{1,5})?"
    r"|\blocalhost\b(?::\d{1,5})?"
    r"|\b(?:[\w-]{1,63}\.){1,8}(?:local|lan|internal|intranet|home|corp)\b(?::\d{1,5})?"
    r"|\b(?:[\w-]{1,63}\.){1,8}(?!(?:c|cc|cpp|cu|cuh|h|hpp|py|js|rs|go)\b)[A-Za-z]{2,24}:\d{2,5}\b"
    r"|(?<=\bhost )(?:[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?::\d{1,5})?|[\w-]{1,63}:\d{1,5})"
)
_PERHAPS_IPV6: Final = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?![\w:])")
_NAMED_SECRET: Final = re.compile(
    r"\b([\w-]{0,30}(?:token|secret|passwd|password|api[_-]?key|access[_-]?key|session|cookie|credential)s?"
    r"|user(?:[_ ]?name)?|login|account|authorization)"
    r"([\"']?\s{0,3}[:=]\s{0,3})(?:(?:bearer|basic)\s+)?(?:\"[^\"]*\"|'[^']*'|[^\s,;)\]}]+)",
    re.IGNORECASE,
)
_NAMED_USER: Final = re.compile(
    r"\b(user|bearer|basic)(\s+)(?:\"[^\"]*\"|'[^']*'|[\w.~+/=-]*\d[\w.~+/=-]*)", re.IGNORECASE
)
_TOKEN: Final = re.compile(
    r"\b(?:sk|pk|rk|hf|gh[opsu]|xox[abp]|glpat|r8|comfyui)[-_][\w-]{8,}|\beyJ[\w.-]{10,}|\bAKIA[A-Z0-9]{12,}"
)
_LONG_RUN: Final = re.compile(rf"(?<![\w.-])[A-Za-z0-9+/=_-]{{24,}}+(?!{_MODEL_SUFFIX})")
_MANY_DIGITS: Final = 3


def redacted(text: str, longest: int = LONGEST_LINE) -> str:
    """The first line of a message without paths, addresses, user names, tokens and control characters.

    At most `longest` characters. Harmless words may be removed as well: a line that says too little does no harm.
    """
    line = _first_line(text)
    line = _QUOTED_PATH.sub(lambda found: f"{found[1]}{_model_name(found[2])}{found[1]}", line)
    line = _ADDRESSES.sub(_REMOVED, line)
    line = _HOME.sub(_REMOVED, line)
    line = _PATH.sub(lambda found: _model_name(found[1] or found[2] or ""), line)
    line = _PERHAPS_IPV6.sub(_without_ipv6, line)
    line = _NAMED_SECRET.sub(rf"\1\2{_REMOVED}", line)
    line = _NAMED_USER.sub(rf"\1\2{_REMOVED}", line)
    line = _TOKEN.sub(_REMOVED, line)
    line = " ".join(_LONG_RUN.sub(_mask_random, line).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + _REMOVED


def _first_line(text: str) -> str:
    text = text.lstrip()
    found = _ESCAPES.sub("", text[:_EXAMINED]).lstrip()
    line, *more = _LINE_ENDS.split(found, maxsplit=1)
    if not more and len(text) > _EXAMINED:
        # The last word is cut off, so it may be the first half of a secret.
        line = f"{line.rpartition(' ')[0]} {_REMOVED}"
    return "".join(map(_printable, line))


def _printable(character: str) -> str:
    """The character if it is harmless in a line; invisible ones and those that change the reading direction go."""
    category = unicodedata.category(character)
    if category in {"Cc", "Zs"}:
        return " "
    return "" if category.startswith("C") or category in {"Zl", "Zp"} else character


def _model_name(path: str) -> str:
    name = re.split(r"[\\/]", path)[-1]
    return name if _MODEL.fullmatch(name) else _REMOVED


def _without_ipv6(found: re.Match[str]) -> str:
    if found[0].count(":") > 1:
        try:
            ipaddress.ip_address(found[0])
        except ValueError:
            return found[0]
        return _REMOVED
    return found[0]


def _mask_random(found: re.Match[str]) -> str:
    """Hide runs that no person writes: mixed small letters, capitals and digits, or many hexadecimal digits."""
    run = found[0]
    digits = sum(map(str.isdigit, run))
    mixed = any(map(str.islower, run)) and any(map(str.isupper, run))
    return _REMOVED if digits >= _MANY_DIGITS and (mixed or re.fullmatch(r"[0-9A-Fa-f-]+", run)) else run


def redacted_lines(text: str, most: int, *, last: bool = False) -> str:
    """Several lines of a server's text, each redacted; at most `most`, the first ones or the `last`.

    Of the files in a traceback the names are kept, of nodes and packages also the folders within theirs.
    """
    piece = text[-_EXAMINED_TEXT:] if last else text[:_EXAMINED_TEXT]
    lines = _LINE_ENDS.split(_ESCAPES.sub("", piece))
    if len(text) > _EXAMINED_TEXT:
        # The line at the cut may begin, or end, in the middle of a secret.
        lines = lines[1:] if last else lines[:-1]
    lines = [line for line in lines if line.strip()]
    shown = lines[-most:] if last else lines[:most]
    return "\n".join(map(_redacted_line, shown))


def _redacted_line(line: str) -> str:
    indent = min(len(line) - len(line.lstrip()), _DEEPEST)
    found = _FILE_LINE.match(line)
    if found is None:
        return " " * indent + redacted(line)
    return f'{" " * indent}File "{_script(found[1])}"{redacted(found[2])}'


def _script(path: str) -> str:
    parts = [part for part in re.split(r"[\\/]+", path) if part]
    at = next((at for at in range(len(parts) - 1, 0, -1) if parts[at - 1] in _CODE_FOLDERS), len(parts) - 1)
    return "/".join("".join(map(_printable, part)) for part in parts[at:])[-LONGEST_LINE:]
