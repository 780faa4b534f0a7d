"""Judges the database, the disk, the clocks, the image check and the files of wildcards. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.doctor.discord_checks import AREA
from bot.doctor.findings import Finding, Level
from bot.instances import Sighting
from bot.ledger import MOST_CONNECTIONS, LedgerFacts

DATABASE: Final = "Database"
MACHINE: Final = "This machine"
SETTINGS: Final = "Settings"
_LITTLE: Final = 2**30
_NOTHING: Final = 100 * 2**20
"""Free bytes on the disk: below the first it is a warning, below the second a fault."""
_AHEAD: Final = 5.0
_FAR_AHEAD: Final = 60.0
"""Seconds between two clocks: above the first it is a warning, above the second a fault."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The folder for everything the bot stores. `free` is in bytes; `fault` says why it cannot be written to."""

    folder: Path
    free: int
    fault: str | None


def check_database(facts: LedgerFacts | str, remedy: str) -> Iterator[Finding]:
    """What the database reported, or why it could not be used and the `remedy` for that."""
    if isinstance(facts, str):
        yield Finding(Level.FAULT, DATABASE, f"It cannot be used: {facts}.", remedy)
        return
    yield _state(facts)
    if facts.fault is not None:
        advice = "Allow the bot's user to write there and to create tables."
        yield Finding(Level.FAULT, DATABASE, f"It cannot be written to: {facts.fault}.", advice)
    elif facts.revision is not None:
        yield Finding(Level.OK, DATABASE, "It can be written to.")
    if facts.free is not None and facts.free < MOST_CONNECTIONS:
        text = f"It allows {facts.free} more connections. Each process of the bot uses up to {MOST_CONNECTIONS}."
        advice = f"Raise max_connections in PostgreSQL's settings: {MOST_CONNECTIONS} for each process, and ten more."
        yield Finding(Level.WARNING, DATABASE, text, advice)


def check_machine(disk: Disk, discord_clock: float | None, database_clock: float | None) -> Iterator[Finding]:
    """Disk space, and how many seconds this machine's clock is ahead of Discord's and the database's."""
    yield _disk(disk)
    for whose, ahead in (("Discord's", discord_clock), ("the database's", database_clock)):
        if ahead is not None:
            yield _clock(whose, ahead)


def check_wildcards(faults: Iterable[str]) -> Iterator[Finding]:
    """What is wrong with the files of wildcards."""
    for fault in faults:
        yield Finding(Level.WARNING, "Wildcards", f"{fault}.", "Fix the file, or remove it from WILDCARDS_DIR.")


def check_picture_check(command: Sequence[str], path: str | None) -> Iterator[Finding]:
    """Whether the program of PICTURE_CHECK was found; `path` is where."""
    if command and path is None:
        text = f"PICTURE_CHECK: the program {command[0]} was not found, so no image can be checked."
        yield Finding(Level.WARNING, "Image check", text, "Write its full path in PICTURE_CHECK.")


def check_names(unknown: Sequence[str]) -> Iterator[Finding]:
    """Settings that are probably mistyped, a sentence about each."""
    for sentence in unknown:
        yield Finding(Level.WARNING, SETTINGS, sentence, "Correct it in .env or in the environment.")


def check_token_use(seen: Sighting | None) -> Iterator[Finding]:
    """Another program that uses the same token, if the bot has noticed one."""
    if seen is not None and seen.is_current():
        since = datetime.fromtimestamp(seen.since, UTC)
        text = f"Another program has been using this token since {since:%Y-%m-%d %H:%M} UTC or earlier."
        advice = "Stop it, or reset the token in the developer portal (Bot > Reset Token) and set DISCORD_TOKEN."
        yield Finding(Level.WARNING, AREA, text, advice)


def _state(facts: LedgerFacts) -> Finding:
    if facts.revision is None:
        return Finding(Level.OK, DATABASE, f"{facts.place}: it is empty. The first start creates the tables.")
    if facts.revision == facts.head:
        return Finding(Level.OK, DATABASE, f"{facts.place}: the tables are up to date ({facts.revision}).")
    if facts.known and facts.revision > facts.head:
        text = f"{facts.place}: the next version of Darkroom has upgraded it (to {facts.revision})."
        return Finding(Level.OK, DATABASE, f"{text} It suits this version, too.")
    if facts.known:
        text = f"{facts.place}: the tables are from an older version ({facts.revision})."
        if facts.copy is not None and facts.lacking:
            short = f"{facts.lacking / 2**20:,.0f} MiB more than are free"
            text = f"{text} Backing it up and upgrading it needs {short}, so the next start would fail."
            return Finding(Level.FAULT, DATABASE, text, "Free up space on that disk.")
        if facts.copy is not None:
            then = f"The next start backs up the database to {facts.copy} and upgrades it to {facts.head}."
            return Finding(Level.OK, DATABASE, f"{text} {then}")
        advice = "Back it up first (pg_dump): without a backup there is no way back."
        return Finding(Level.WARNING, DATABASE, f"{text} The next start upgrades it to {facts.head}.", advice)
    return Finding(
        Level.FAULT,
        DATABASE,
        f"{facts.place}: a newer version of Darkroom has upgraded it (to {facts.revision}).",
        "Start that version, or set DATABASE_URL to a separate database.",
    )


def _disk(disk: Disk) -> Finding:
    free = f"{disk.free / 2**30:.1f} GiB free"
    if disk.fault is not None:
        advice = "Allow the bot's user to write there, or set DATA_DIR to another folder."
        return Finding(Level.FAULT, MACHINE, f"Cannot write to {disk.folder}: {disk.fault}.", advice)
    if disk.free < _LITTLE:
        level = Level.FAULT if disk.free < _NOTHING else Level.WARNING
        return Finding(level, MACHINE, f"Little disk space for {disk.folder}: {free}.", "Free up space on that disk.")
    return Finding(Level.OK, MACHINE, f"Disk space for {disk.folder}: {free}.")


def _clock(whose: str, ahead: float) -> Finding:
    apart = abs(ahead)
    if apart <= _AHEAD:
        return Finding(Level.OK, MACHINE, f"Its clock agrees with {whose}.")
    level = Level.WARNING if apart <= _FAR_AHEAD else Level.FAULT
    text = f"Its clock is {apart:.0f} s {'ahead of' if ahead > 0 else 'behind'} {whose}."
    return Finding(level, MACHINE, text, "Synchronize it with NTP, or waiting times and deadlines will be wrong.")
