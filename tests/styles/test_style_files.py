"""Every row of a file of styles comes in, or is named with its reason."""

import csv
import io
import json
import random

import pytest

from bot.errors import StylesUnreadable
from bot.moderation.styles.style_files import MOST_BYTES, MOST_ROWS, read_style_file
from bot.workflows.styles.style import LONGEST_NAME, LONGEST_TEXT, Style

TOO_LONG = f"The name is too long: a style’s name can have at most {LONGEST_NAME} characters."
HEADER = "name,prompt,negative_prompt\n"


def read(text: str, encoding: str = "utf-8") -> tuple[dict[str, tuple[str, str]], list[str]]:
    found = read_style_file(text.encode(encoding))
    return {name: (style.prompt, style.negative) for name, style in found.styles.items()}, found.skipped


@pytest.mark.parametrize(
    ("text", "styles", "skipped"),
    [
        pytest.param(HEADER + "A,a,b\n", {"A": ("a", "b")}, [], id="plain"),
        pytest.param("\ufeff" + HEADER + "A,a,b\n", {"A": ("a", "b")}, [], id="byte order mark"),
        pytest.param(HEADER.replace("\n", "\r\n") + "A,a,b\r\n", {"A": ("a", "b")}, [], id="CRLF"),
        pytest.param(HEADER.replace("\n", "\r") + "A,a,b\rB,c,\r", {"A": ("a", "b"), "B": ("c", "")}, [], id="CR"),
        pytest.param(HEADER + 'A,"one, two\nthree ""x""",b', {"A": ('one, two\nthree "x"', "b")}, [], id="quotes"),
        pytest.param(HEADER + 'A, "a, b", "c, d"\n', {"A": ("a, b", "c, d")}, [], id="spaces before quotes"),
        pytest.param("name;prompt;negative_prompt\nA;a, b;c\n", {"A": ("a, b", "c")}, [], id="semicolons"),
        pytest.param("sep=;\r\nname;prompt\r\nA;a, b\r\n", {"A": ("a, b", "")}, [], id="Excel's own line"),
        pytest.param("name\tprompt\tnegative_prompt\nA\ta\tb\n", {"A": ("a", "b")}, [], id="tabs"),
        pytest.param("A,a,b\nB,c\n", {"A": ("a", "b"), "B": ("c", "")}, [], id="no header"),
        pytest.param("prompt,name\na,A\n", {"A": ("a", "")}, [], id="another order"),
        pytest.param("name,prompt,negative_prompt,note\nA,a,b,c\n", {"A": ("a", "b")}, [], id="a fourth column"),
        pytest.param(HEADER + "A,a,b,,\n", {"A": ("a", "b")}, [], id="empty columns"),
        pytest.param(HEADER + "A,,b\n", {"A": ("", "b")}, [], id="only a negative"),
        pytest.param(HEADER + "\n,,\nA,a,b\n\n", {"A": ("a", "b")}, [], id="blank lines"),
        pytest.param(HEADER + "Größe,schön,", {"Größe": ("schön", "")}, [], id="umlauts"),
        pytest.param(
            HEADER + "---- Photo ----,,\n=== x,,\nA,a,\n",
            {"A": ("a", "")},
            ["row 2 “---- Photo ----”: a heading, not a style", "row 3 “=== x”: a heading, not a style"],
            id="headings",
        ),
        pytest.param(
            HEADER + "A,a,\n a ,b,\nB,c,\n",
            {"a": ("b", ""), "B": ("c", "")},
            ["row 2: “A” appears again in row 3, which is used instead"],
            id="twice",
        ),
        pytest.param(HEADER + ",a,b\n", {}, ["row 2: the style has no name"], id="no name"),
        pytest.param(HEADER + "A,,\n", {}, ["row 2 “A”: the style has no text"], id="no text"),
        pytest.param(
            HEADER + "A,a, b, c\n",
            {},
            ["row 2 “A”: it has more columns than the first row: put texts with separators in quotes"],
            id="commas without quotes",
        ),
        pytest.param(
            HEADER + 'A,a,b\nB,"never closed,c\nC,d,e\n',
            {"A": ("a", "b")},
            ["row 3 “B”: a quote opens in this row and never closes, so nothing after it can be read"],
            id="an open quote",
        ),
        pytest.param(
            HEADER + f"{'x' * (LONGEST_NAME + 1)},a,\n",
            {},
            [f"row 2 “{'x' * (LONGEST_NAME - 1)}…”: {TOO_LONG}"],
            id="a long name",
        ),
        pytest.param(
            HEADER + f"A,{'x' * (LONGEST_TEXT + 1)},\n",
            {},
            ["row 2 “A”: the text is longer than 4,000 characters"],
            id="a long text",
        ),
        pytest.param(
            json.dumps([{"name": "A", "prompt": "a", "negative_prompt": "b"}, {"name": "B", "prompt": "c"}, 5]),
            {"A": ("a", "b"), "B": ("c", "")},
            ["entry 3: it isn’t a style"],
            id="Fooocus",
        ),
        pytest.param(
            json.dumps({"name": "A", "prompt": "a", "negative": "b", "extra": ""}), {"A": ("a", "b")}, [], id="SD.Next"
        ),
        pytest.param(
            json.dumps({"A": {"prompt": "a", "negative_prompt": 5}, "B": "b", "C": None}),
            {"A": ("a", ""), "B": ("b", "")},
            ["entry 3 “C”: it isn’t a style"],
            id="by name",
        ),
    ],
)
def test_odd_files(text: str, styles: dict[str, tuple[str, str]], skipped: list[str]) -> None:
    assert read(text) == (styles, skipped)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_other_encodings(encoding: str) -> None:
    assert read(HEADER + "Grün,grün,", encoding) == ({"Grün": ("grün", "")}, [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"x" * (MOST_BYTES + 1), "too_large"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\1" * 500, "not_text"),
        (random.Random(20).randbytes(3_000), "not_text"),
        (b"[1, 2", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"", "empty"),
        (HEADER.encode(), "empty"),
        (HEADER.encode() + b"A,a,b\n" * MOST_ROWS, "too_many"),
    ],
)
def test_files_that_cannot_be_read(content: bytes, code: str) -> None:
    with pytest.raises(StylesUnreadable, match=code):
        read_style_file(content)


def test_of_200_rows_each_comes_in_or_is_named() -> None:
    dice = random.Random(17)
    alphabet = "abc {prompt},;\"'\n\t()äß猫-_:|[]"
    rows: list[tuple[str, str, str]] = []
    for number in range(200):
        text = "".join(dice.choices(alphabet, k=dice.randint(0, 60)))
        name = dice.choice([f"Style {number}", f"Style {dice.randint(0, 50)}", "", f"---- Part {number} ----"])
        rows.append((name, *(dice.choice([text, "", f"text {number}"]) for _ in range(2))))  # type: ignore[arg-type]
    file = io.StringIO()
    writer = csv.DictWriter(file, fieldnames=["name", "prompt", "negative_prompt"])
    writer.writeheader()
    for name, prompt, negative in rows:
        writer.writerow({"name": name, "prompt": prompt, "negative_prompt": negative})
    found = read_style_file(file.getvalue().encode("utf-8-sig"))
    blank = sum(not any(cell.strip() for cell in row) for row in rows)
    assert len(found.styles) + len(found.skipped) == 200 - blank
    last = {name: (prompt, negative) for name, prompt, negative in rows if name and (prompt + negative).strip()}
    assert found.styles == {
        name: Style(name, prompt.strip(), negative.strip()) for name, (prompt, negative) in last.items()
    }
    assert len(found.styles) > 60
    assert {line.partition(": ")[0].split(" “")[0] for line in found.skipped} <= {f"row {n}" for n in range(2, 202)}
