"""The styles in `styles.toml`: those that ship, what an operator may write, and what is wrong with it."""

import re
from pathlib import Path

import pytest

from bot.workflows.library.library import Library
from bot.workflows.styles.shipped_styles import load_styles
from bot.workflows.styles.style import Style, styled
from tests.programs import ROOT


def test_a_dozen_ship_and_each_places_the_prompt() -> None:
    styles, faults = load_styles(ROOT / "workflows")
    assert faults == ()
    assert len(styles) >= 12
    assert all("{prompt}" in style.prompt and style.negative and not style.settings for style in styles.values())


@pytest.mark.parametrize(
    ("text", "typed", "result"),
    [
        ("photo of {prompt}, sharp", "a fox", "photo of a fox, sharp"),
        ("{prompt} and {prompt}", "a fox", "a fox and a fox"),
        ("sharp, 35mm", "a fox", "a fox, sharp, 35mm"),
        ("sharp", "a fox, ", "a fox, sharp"),
        ("sharp", "", "sharp"),
        ("", "a fox", "a fox"),
        ("{a|b} {prompt}", "{prompt}", "{a|b} {prompt}"),
    ],
)
def test_a_style_frames_what_was_typed(text: str, typed: str, result: str) -> None:
    assert styled(text, typed) == result


def test_every_fault_is_named_and_good_styles_stay(tmp_path: Path) -> None:
    (tmp_path / "styles.toml").write_text(
        """
[good]
prompt = "x"
workflow = "sdxl"
steps = 20
guidance = 6.5
[Good]
prompt = "y"
[empty]
["a  b"]
prompt = "x"
[wrong]
promt = "x"
negative = 5
steps = 0
guidance = 101
size = "1"
[long]
prompt = "%s"
"""
        % ("x" * 4001)
    )
    styles, (fault,) = load_styles(tmp_path)
    assert styles == {"good": Style("good", "x", workflow="sdxl", steps=20, guidance=6.5)}
    assert [line.partition(":")[0] for line in fault.faults] == [
        "styles.toml [Good]",
        "styles.toml [empty]",
        "styles.toml [a  b]",
        *["styles.toml [wrong]"] * 4,
        "styles.toml [long]",
    ]
    assert re.search(r"no key promt here; the keys are .*prompt", "\n".join(fault.faults))


@pytest.mark.parametrize("content", [b"[a", b"a = 5", b"\xff", b"x = [" + b"[" * 200, b"#" * (513 * 1024)])
def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "styles.toml").write_bytes(content)
    styles, faults = load_styles(tmp_path)
    assert styles == {}
    assert [fault.name for fault in faults] == ["styles"]


def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.reload()
    assert library.styles == {}
    (tmp_path / "styles.toml").write_text('[Sketch]\nprompt = "pencil"\n')
    assert library.reload()
    assert [*library.styles] == ["Sketch"]
    assert library.packs == {}
