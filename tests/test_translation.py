"""Everything that people on Discord read goes through one layer, where a translator finds it."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.translation import (
    N_,
    Language,
    _,
    ended,
    in_quotes,
    language_called,
    language_preferred,
    listed,
    ngettext,
    speaking,
)

ROOT = Path(__file__).parents[1]
# What people on Discord read is said here and nowhere else.
ROOMS = ("bot/discord_ui", "bot/paint_page", "bot/messages", "bot/moderation", "bot/uploads")
# Most texts here are for logs, which begin in lower case. A few reach members.
QUIET_ROOMS = ("bot/worker",)
# No key, no address, no Markdown.
TWO_WORDS = re.compile(r"[A-Za-z’']{2,} [A-Za-z’']{2,}")
MARKS = {"_", "N_", "ngettext"}
# Calls whose texts nobody on Discord reads: logs, errors that only developers see, regular expressions.
UNSEEN = {
    "log",
    "re",
    "ContextVar",
    "TypeVar",
    "getattr",
    "cast",
    "create_task",
    "poll",
    "Signature",
    "__init__",
    "Undeliverable",
}


class Loud(gettext.NullTranslations):
    """A language in which everything that was translated can be told from what was not."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def test_english_is_what_stands_in_the_code() -> None:
    assert _("The queue is empty.") == "The queue is empty."
    assert [ngettext("{count} image", "{count} images", n).format(count=n) for n in (1, 2)] == ["1 image", "2 images"]


def test_another_language_is_spoken_within_its_block_alone() -> None:
    text = N_("The queue is empty.")
    with speaking(Language("xx", Loud())):
        assert (_(text), ngettext("one", "many", 3)) == ("⟦The queue is empty.⟧", "⟦many⟧")
    assert _(text) == text


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("nl, fr;q=0.5, pt;q=0.7", "pt_BR"),
        ("ja;q=0, ko", "ko"),
        ("*", "en"),
        (";;q=,=,", "en"),
        ("", "en"),
        pytest.param("x" * 100_000 + ",de", "de", id="long"),
    ],
)
def test_a_browser_says_what_its_reader_prefers(accepted: str, code: str) -> None:
    assert language_preferred(accepted).code == code


def sentences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts of a module that read like words for people and are not marked: the line and the text."""
    marked: set[int] = set()
    for node in ast.walk(tree):
        if _is_docstring(node) or _is_unseen(node) or _is_marked(node):
            marked.update(id(below) for below in ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in marked:
            yield from [(node.lineno, node.value)] if TWO_WORDS.search(node.value) else []


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_unseen(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise | ast.Assert):
        return True
    return isinstance(node, ast.Call) and _name(node.func) in UNSEEN


def _is_marked(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS


def _name(func: ast.expr) -> str:
    match func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="log" | "re" as module)):
            return module
        case ast.Attribute(attr=name):
            return name
    return ""


@pytest.mark.parametrize("room", [*ROOMS, *QUIET_ROOMS])
def test_no_sentence_gets_past_the_layer(room: str) -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {text[:60]!r}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, text in sentences(ast.parse(path.read_text(encoding="utf-8")))
        if room in ROOMS or text[:1].isupper()
    ]
    assert not found, f"{len(found)}\n" + "\n".join(found)


def test_what_is_translated_first_and_filled_in_afterwards() -> None:
    """An f-string inside a mark would be looked up with the name already in it, and never be found."""
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
        for room in (*ROOMS, *QUIET_ROOMS)
        for path in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and _is_marked(node)
        and any(isinstance(below, ast.JoinedStr) for below in ast.walk(node))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("code", "quoted", "together", "told", "over"),
    [
        ("en", "“fox”", "a, b, c", "Cancelled: too many", "Cancelled."),
        ("de", "„fox“", "a, b, c", "Cancelled: too many", "Cancelled."),
        ("fr", "«\xa0fox\xa0»", "a, b, c", "Cancelled\xa0: too many", "Cancelled."),
        ("ja", "「fox」", "a、b、c", "Cancelled: too many", "Cancelled。"),
    ],
)  # fmt: skip
def test_quotes_lists_and_ends_are_those_of_the_language(
    code: str, quoted: str, together: str, told: str, over: str
) -> None:
    with speaking(language_called(code)):
        assert (in_quotes("fox"), listed("abc")) == (quoted, together)
        assert (ended("Cancelled", "too many"), ended("Cancelled")) == (told, over)
