"""Judges the certificate that signs files. One that can't be used at all is a fault of the settings."""

import stat
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.content_credentials import Credentials
from bot.doctor.findings import Finding, Level

_AREA: Final = "Content Credentials"


def check_signing(credentials: Credentials | None, now: datetime) -> Iterator[Finding]:
    """Whether files are signed, by whom, and until when. Nothing if the operator doesn't want that."""
    if credentials is None:
        return
    if (trouble := credentials.trouble(now)) is not None:
        yield Finding(Level.WARNING, _AREA, trouble)
    else:
        text = f"Files are signed for {credentials.owner}, until {credentials.ends:%Y-%m-%d}."
        yield Finding(Level.OK, _AREA, text)
    if _others_can_read(credentials.key_file):
        advice = f"Close it to them: chmod 600 {credentials.key_file}"
        yield Finding(Level.WARNING, _AREA, "Other users of this machine can read C2PA_KEY.", advice)


def _others_can_read(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    try:
        return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False
