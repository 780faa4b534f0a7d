"""The findings as text for operators (at most 100 columns), and as JSON for scripts. Pure."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from bot.doctor.findings import Finding, Level

_WIDTH: Final = 100
_MARGIN: Final = " " * 11
_ALIKE: Final = 3
"""Findings with the same cause that are shown one by one. The others are only counted."""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, and how to invite the bot: the link and why it asks for each permission.

    `invite` is None if Discord did not say which application this is.
    """

    findings: Sequence[Finding]
    invite: str | None
    permissions: Mapping[str, str]

    @property
    def healthy(self) -> bool:
        """Whether there is no fault."""
        return all(finding.level is not Level.FAULT for finding in self.findings)


def as_text(report: Report) -> str:
    """The report for a terminal."""
    blocks = [
        "\n".join([area, *_area(tuple(found))])
        for area, found in groupby(report.findings, key=lambda finding: finding.area)
    ]
    if report.invite is not None:
        blocks.append("\n".join(_invitation(report.invite, report.permissions)))
    return "\n\n".join([*blocks, _summary(report.findings)])


def as_json(report: Report) -> str:
    """The report as one JSON object."""
    told = {
        "healthy": report.healthy,
        "invite": report.invite,
        "permissions": dict(report.permissions),
        "findings": [
            {"level": one.level.value, "area": one.area, "text": one.text, "advice": one.advice}
            for one in report.findings
        ],
    }
    return json.dumps(told, indent=2)


def _area(findings: Sequence[Finding]) -> Iterator[str]:
    """The findings of one area. Of many with the same advice, and so the same cause, only the first few are shown."""
    alike = Counter((finding.level, finding.advice) for finding in findings)
    told: Counter[tuple[Level, str | None]] = Counter()
    for finding in findings:
        kind = finding.level, finding.advice
        told[kind] += 1
        if finding.advice is None or alike[kind] <= _ALIKE + 1 or told[kind] <= _ALIKE:
            yield from _lines(finding)
        elif told[kind] == alike[kind]:
            more = f"and {alike[kind] - _ALIKE} more like these (--json lists them all)."
            yield from _wrapped(f"  {finding.level.value:<9}", more)


def _lines(finding: Finding) -> Iterator[str]:
    yield from _wrapped(f"  {finding.level.value:<9}", finding.text)
    if finding.advice is not None:
        yield from _wrapped(f"{_MARGIN}-> ", finding.advice)


def _wrapped(first: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        # Nobody can open an address that is broken across lines.
        break_long_words=False,
        break_on_hyphens=False,
    )


def _invitation(invite: str, permissions: Mapping[str, str]) -> Iterator[str]:
    yield "Invite the bot to a server with this link:"
    yield f"  {invite}"
    yield "It asks for these permissions:"
    widest = max(map(len, permissions), default=0)
    for name, why in permissions.items():
        yield from _wrapped(f"  {name:<{widest}}  ", why)


def _summary(findings: Sequence[Finding]) -> str:
    counted = Counter(finding.level for finding in findings)
    faults, warnings = counted[Level.FAULT], counted[Level.WARNING]
    if not faults and not warnings:
        return "All is well."
    return f"{_counted(faults, 'fault')}, {_counted(warnings, 'warning')}."


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
