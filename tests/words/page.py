"""The page docs/word-lists.md, written from the list of spellings: `python -m tests.words.page`."""

import unicodedata
from pathlib import Path
from typing import Final

from bot.moderation.words.plain_letters import has_blanks
from tests.programs import ROOT
from tests.words.spelling_list import Spelling, doors, harmless, spellings

FILE: Final = ROOT / "docs" / "word-lists.md"

_TEXT: Final = Path(__file__).with_name("page.txt")


def page() -> str:
    """What the file should hold."""
    listed = spellings()
    caught = (f"- {one.how}: {_shown(one.text)} ({_rule(one)})" for one in listed if one.caught)
    missed = (f"- {one.how}: {_shown(one.text)} ({_rule(one)}). {one.why}" for one in listed if not one.caught)
    alone: dict[str, list[str]] = {}
    for word, text in harmless():
        alone.setdefault(word, []).append(_shown(text))
    return _TEXT.read_text(encoding="utf-8").format(
        count=len(listed) + len(doors()),
        doors="\n".join(f"- {door}" for door in doors().values()),
        caught="\n".join(caught),
        missed="\n".join(missed),
        harmless="\n".join(f"- `{word}`: {', '.join(texts)}" for word, texts in alone.items()),
    )


def _rule(one: Spelling) -> str:
    return f"`{one.word}`, with `forms`" if one.forms else f"`{one.word}`"


def _shown(text: str) -> str:
    written = "".join("↵" if sign == "\n" else f"⟨U+{ord(sign):04X}⟩" if _is_unseen(sign) else sign for sign in text)
    return f"`{written}`"


def _is_unseen(sign: str) -> bool:
    return has_blanks(sign) or unicodedata.category(sign) == "Cc" or unicodedata.name(sign, "").startswith("VARIATION")


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
