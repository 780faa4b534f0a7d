"""Whether the bot takes requests in direct messages, and the operator's rules there.

No server's moderators can see direct messages, so the operator answers for them.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.settings.values import Read, read_positive, read_switch

_LONGEST: Final = 200
"""Characters of a word or a phrase, as in the moderators' lists."""
_FILE: Final = re.compile(r".*[/\\].*|.*\.txt", re.IGNORECASE)
_CHECK: Final = re.compile(r"(refuse|spoiler)(?:\s+(\d{1,2})\s*%?)?", re.IGNORECASE)
_USUAL_THRESHOLD: Final = 0.5


@dataclass(frozen=True, slots=True)
class DirectMessages:
    """The rules in direct messages. `queued` is how many jobs a member may have waiting there, `daily` how many images
    in 24 hours (None: no limit). `words` are words and phrases that are refused. `check_action` (refuse or spoiler;
    None: no check) applies to images that score over `check_threshold` (0 to 1).
    """

    allowed: bool = False
    queued: int | None = None
    daily: int | None = None
    words: tuple[str, ...] = ()
    check_action: str | None = None
    check_threshold: float = _USUAL_THRESHOLD


NO_DIRECT_MESSAGES: Final = DirectMessages()


def read_direct_messages(read: Read, *, has_check: bool) -> DirectMessages:
    """The rules in direct messages. `has_check`: the operator has named a program that checks images."""
    usual = ("refuse" if has_check else None, _USUAL_THRESHOLD)
    action, threshold = read("DM_CHECK", lambda text: read_check(text) if text else usual, usual)
    return DirectMessages(
        allowed=read("DIRECT_MESSAGES", read_switch, False),  # noqa: FBT003 - what stands in for a wrong value
        queued=read("DM_QUEUED", read_limit, None),
        daily=read("DM_DAILY", read_limit, None),
        words=read("DM_WORDS", read_word_list, ()),
        check_action=action,
        check_threshold=threshold,
    )


def read_limit(text: str) -> int | None:
    """A limit; None for no text. Raises `ValueError`."""
    return read_positive(text) if text else None


def read_word_list(text: str) -> tuple[str, ...]:
    """Words and phrases, from the text itself or from the file that it names. Raises `ValueError`."""
    lines = text.split(",")
    if _FILE.fullmatch(text):
        try:
            lines = Path(text).read_text(encoding="utf-8-sig").splitlines()
        except OSError as fault:
            raise ValueError(f"it cannot be read: {fault.strerror}") from None
        except UnicodeDecodeError:
            raise ValueError("it is not a text in UTF-8") from None
    found = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if faulty := next((one for one in found if not any(map(str.isalnum, one))), None):
        raise ValueError(f"“{faulty[:40]}” doesn't contain a word")
    if faulty := next((one for one in found if len(one) > _LONGEST), None):
        raise ValueError(f"“{faulty[:40]}…” is too long: a rule can have at most {_LONGEST} characters")
    return tuple(dict.fromkeys(found))


def read_check(text: str) -> tuple[str | None, float]:
    """An action and a threshold (0 to 1). Raises `ValueError`."""
    if text.lower() == "off":
        return None, _USUAL_THRESHOLD
    found = _CHECK.fullmatch(text)
    percent = int(found[2] or 50) if found else 0
    if found is None or percent < 1:
        raise ValueError("write off, or refuse or spoiler with how sure the program has to be, like refuse 50")
    return found[1].lower(), percent / 100
