"""The database, the disk and the clocks, judged. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.doctor.findings import Finding, Level
from bot.ledger import LedgerFacts

DATABASE: Final = "Database"
MACHINE: Final = "This machine"
_LITTLE: Final = 2**30
_NOTHING: Final = 100 * 2**20
"""Bytes that are free on the disk."""
_AHEAD: Final = 5.0
_FAR_AHEAD: Final = 60.0
"""Seconds between two clocks."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The folder for everything the bot keeps; `free` in bytes; `fault`: why nothing can be written there."""

    folder: Path
    free: int
    fault: str | None


def check_database(facts: LedgerFacts | str) -> Iterator[Finding]:
    """What the ledger's database said, or why it said nothing."""
    if isinstance(facts, str):
        advice = "Check DATABASE_URL, and that the database server runs."
        yield Finding(Level.FAULT, DATABASE, f"It cannot be used: {facts}.", advice)
        return
    yield _state(facts)
    if facts.fault is not None:
        advice = "Give the bot's user the right to write there, and to make tables."
        yield Finding(Level.FAULT, DATABASE, f"It cannot be written to: {facts.fault}.", advice)
    elif facts.revision is not None:
        yield Finding(Level.OK, DATABASE, "It can be written to.")


def check_machine(disk: Disk, discord_clock: float | None, database_clock: float | None) -> Iterator[Finding]:
    """Room on the disk, and how far this machine's clock is ahead of Discord's and of the database's, in seconds."""
    yield _disk(disk)
    for whose, ahead in (("Discord's", discord_clock), ("the database's", database_clock)):
        if ahead is not None:
            yield _clock(whose, ahead)


def _state(facts: LedgerFacts) -> Finding:
    if facts.revision is None:
        return Finding(Level.OK, DATABASE, f"{facts.place}: it is empty; the first start makes its tables.")
    if facts.revision == facts.head:
        return Finding(Level.OK, DATABASE, f"{facts.place}: its tables are up to date ({facts.revision}).")
    if facts.known:
        text = f"{facts.place}: its tables are those of an older version ({facts.revision})."
        if facts.copy is not None:
            then = f"The next start copies it to {facts.copy}, and brings them to {facts.head}."
            return Finding(Level.OK, DATABASE, f"{text} {then}")
        advice = "Make a copy of it first (pg_dump): there is no way back without."
        return Finding(Level.WARNING, DATABASE, f"{text} The next start brings them to {facts.head}.", advice)
    return Finding(
        Level.FAULT,
        DATABASE,
        f"{facts.place}: a newer Darkroom has upgraded it (to {facts.revision}).",
        "Start that version, or give this one a database of its own (DATABASE_URL).",
    )


def _disk(disk: Disk) -> Finding:
    free = f"{disk.free / 2**30:.1f} GiB free"
    if disk.fault is not None:
        advice = "Give the bot's user the right to write there, or name another folder (DATA_DIR)."
        return Finding(Level.FAULT, MACHINE, f"Nothing can be written to {disk.folder}: {disk.fault}.", advice)
    if disk.free < _LITTLE:
        level = Level.FAULT if disk.free < _NOTHING else Level.WARNING
        return Finding(level, MACHINE, f"Little room for {disk.folder}: {free}.", "Make room on that disk.")
    return Finding(Level.OK, MACHINE, f"Room for {disk.folder}: {free}.")


def _clock(whose: str, ahead: float) -> Finding:
    apart = abs(ahead)
    if apart <= _AHEAD:
        return Finding(Level.OK, MACHINE, f"Its clock agrees with {whose}.")
    level = Level.WARNING if apart <= _FAR_AHEAD else Level.FAULT
    text = f"Its clock is {apart:.0f} s {'ahead of' if ahead > 0 else 'behind'} {whose}."
    return Finding(level, MACHINE, text, "Have it set by NTP, or waiting times and deadlines will be wrong.")
