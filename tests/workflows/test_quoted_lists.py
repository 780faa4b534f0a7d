"""Lists with quotes: every name that a file can have goes in and comes out."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.workflows import Lora, read_loras, write_loras
from bot.workflows.imports.settings_text import read_settings
from bot.workflows.quoted_lists import in_list, split_last, split_list, split_quoted

NAMES = st.text(st.characters(exclude_characters='"“”„', exclude_categories=("C", "Z")), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("a, b ,,c", ["a", "b", "c"]),
        ('"a, b":0.5, c', ['"a, b":0.5', "c"]),
        ("“a, b”:0.5,„c, d“ +words", ["“a, b”:0.5", "„c, d“ +words"]),
        ('12" disk, 14" disk, "', ['12" disk', '14" disk', '"']),
        ('"a, b', ['"a', "b"]),
        ("", []),
    ],
)
def test_a_comma_in_quotes_separates_nothing(text: str, entries: list[str]) -> None:
    assert split_list(text) == entries


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("", "")),
        ("a", ("", "a")),
        ("a:0.5, b", ("a:0.5", "b")),
        ("a,", ("a", "")),
        ('"a, b":0.5, c', ('"a, b":0.5', "c")),
        ('c, "a, b":0', ("c", '"a, b":0')),
        ('c, "a, b', ("c", '"a, b')),
    ],
)
def test_the_last_entry_may_still_be_being_typed(text: str, expected: tuple[str, str]) -> None:
    assert split_last(text) == expected


@example([("=", 0.5)])
@given(st.lists(st.tuples(NAMES, st.sampled_from([1.0, 0.5, -2.0])), min_size=1, max_size=4))
def test_whatever_a_file_is_called_is_read_as_it_was_written(named: list[tuple[str, float]]) -> None:
    loras = tuple(Lora(name, weight) for name, weight in named)
    written = write_loras(loras)
    assert read_loras(written) == (loras, ())
    assert read_settings(f"steps 2, lora {written}", ["lora", "steps"], {"lora"})[0]["lora"] == written


@given(st.text(max_size=60))
def test_any_text_can_be_taken_apart(text: str) -> None:
    for entry in (*split_list(text), *split_list(text, "|"), *split_last(text)):
        assert entry == entry.strip()
        assert split_quoted(entry) is None or entry[0] in '"“„'


def test_only_what_needs_quotes_gets_them() -> None:
    assert [in_list(name) for name in ("a b", "a=b", "a,b", "a:b", "=a")] == ["a b", "a=b", '"a,b"', '"a:b"', '"=a"']
