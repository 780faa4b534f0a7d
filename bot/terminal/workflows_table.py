"""The table of workflows for the terminal: plain text, at most 100 columns. Pure."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from bot.errors import PackError
from bot.messages import explain_missing
from bot.workflows import Library, Pack

WIDTH: Final = 100
_HEAD: Final = ("NAME", "COMMAND", "OPTIONS (* required)", "RUNS ON")
_WIDEST: Final = (24, 18, 0, 14)
"""The largest width of each column. The options take the rest."""
_GAP: Final = "  "


@dataclass(frozen=True, slots=True)
class AskedServer:
    """A ComfyUI server, and a sentence that says why it could not be asked (None: it answered)."""

    url: str
    fault: str | None


def workflows_table(
    library: Library, servers: Sequence[AskedServer], faults: Sequence[PackError], wildcards: Sequence[str] = ()
) -> str:
    """Every pack with its command, options and the servers that can run it; then missing parts, notes and faults.
    `wildcards` says what is wrong with the files of wildcards.
    """
    rows = [_row(pack, library, servers) for pack in library.packs.values()]
    blocks = ["\n".join(_lines(rows)) if rows else "No workflows found. Put one into the WORKFLOWS_DIR folder."]
    told = (f"server {number}: {_server(one)}" for number, one in enumerate(servers, start=1))
    blocks.append("\n".join(textwrap.fill(line, WIDTH, subsequent_indent="    ") for line in told))
    blocks += [_listed("NEEDED", _needs(library)), _listed("NOTES", _notes(library.packs))]
    blocks.append(_listed("FAULTS", [f"{fault.name}: {line}" for fault in faults for line in fault.faults]))
    blocks.append(_listed("WILDCARDS", wildcards))
    return "\n\n".join(block for block in blocks if block)


def _row(pack: Pack, library: Library, servers: Sequence[AskedServer]) -> tuple[str, ...]:
    lacking = library.lacking(pack.name)
    able = [str(number) for number, one in enumerate(servers, start=1) if one.url in lacking and not lacking[one.url]]
    command = f"/{pack.command}" if pack.command else "/imagine"
    options = ", ".join(f"{name}*" if one.required else name for name, one in pack.offered.items())
    return pack.name, command, options or "-", ", ".join(able) or ("none" if lacking else "?")


def _lines(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [
        min(widest, max(len(row[column]) for row in [_HEAD, *rows])) if widest else 0
        for column, widest in enumerate(_WIDEST)
    ]
    widths[2] = WIDTH - sum(widths) - 3 * len(_GAP)
    for row in [_HEAD, *rows]:
        cells = [textwrap.wrap(text, width) or [""] for text, width in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            yield _GAP.join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()


def _server(server: AskedServer) -> str:
    return server.url if server.fault is None else f"{server.url}: {server.fault}"


def _needs(library: Library) -> list[str]:
    """For each pack that no server can run, what the server that lacks least needs."""
    return [
        f"{key} {explain_missing(min(library.lacking(key).values(), key=len)).replace('`', '')}"
        for key in library.packs
        if not library.available(key)
    ]


def _notes(packs: Mapping[str, Pack]) -> list[str]:
    return [f"{key}: {note}" for key, pack in packs.items() for note in pack.notes]


def _listed(title: str, entries: Sequence[str]) -> str:
    if not entries:
        return ""
    lines = [textwrap.fill(entry, WIDTH, initial_indent="  - ", subsequent_indent="    ") for entry in entries]
    return "\n".join([title, *lines])
