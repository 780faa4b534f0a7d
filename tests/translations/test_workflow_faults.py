"""What is wrong with an uploaded workflow is said in the language of who uploads it; the operator's terminal and the
doctor stay English.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import Fault, PackError
from bot.errors.readable_faults import told
from bot.messages import fault_in_words
from bot.translation import language_called, languages, speaking
from bot.workflows.manifests.pack import load_packs
from tests.translations.code_texts import ROOT
from tests.workflows.malformed import made

# Only operators read these: what they are about lies on their disk.
OF_OPERATORS = {"manifests/pack.py", "styles/shipped_styles.py"}
RAISED = {"PackError", "NoTarget", "Unreadable", "fault"}


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> tuple[PackError, ...]:
    """Of many malformed workflows."""
    folder = tmp_path_factory.mktemp("malformed")
    for name, pack in made(200).items():
        pack.write(folder, name)
    return load_packs(folder)[1]


@pytest.mark.parametrize("code", ["en", *(language.code for language in languages())])
def test_each_fault_can_be_said_in_each_language(faults: tuple[PackError, ...], code: str) -> None:
    with speaking(language_called(code)):
        for fault in (one for error in faults for one in error.faults):
            said = fault_in_words(fault)
            assert said.strip()
            assert len(said) <= 500
            said.encode()


def test_a_fault_within_a_fault_is_said_in_the_same_language() -> None:
    inner = Fault("{key} should be {kind}", key="title", kind=Fault("text in quotes"))
    fault = Fault("{place}: {fault}", place="fox.toml", fault=inner)
    assert fault == "fox.toml: title should be text in quotes"
    with speaking(language_called("de")):
        said = fault_in_words(fault)
    assert said.startswith("fox.toml: title ")
    assert "Anführungszeichen" in said


def test_numbers_are_written_as_the_language_does() -> None:
    fault = Fault("it has {count} nodes; at most {most} are allowed", count=12_345, most=1000)
    assert "12345" in fault
    with speaking(language_called("de")):
        assert "12.345" in fault_in_words(fault)


def test_what_was_cut_is_cut_in_each_language() -> None:
    (fault,) = told([Fault("there is no key {key} here; the keys are {keys}", key="x", keys="y" * 1000)])
    assert fault.endswith("…")
    with speaking(language_called("fr")):
        said = fault_in_words(fault)
    assert said.startswith("la clé x")
    assert len(said) == len(fault)


def test_what_is_no_fault_of_a_file_stays_as_it_is() -> None:
    with speaking(language_called("ja")):
        assert fault_in_words("fox.json is missing") == "fox.json is missing"


def unmarked(tree: ast.Module) -> Iterator[int]:
    """Lines with a text in an error for an uploaded file that no translator would find."""
    marked = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fault"
        for below in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in RAISED:
            texts = (one for argument in node.args for one in ast.walk(argument) if isinstance(one, ast.Constant))
            yield from (
                one.lineno for one in texts if isinstance(one.value, str) and " " in one.value and id(one) not in marked
            )


def test_no_fault_gets_past_the_translators() -> None:
    folder = ROOT / "bot" / "workflows"
    found = [
        f"{path.relative_to(folder).as_posix()}:{line}"
        for path in sorted(folder.rglob("*.py"))
        if path.relative_to(folder).as_posix() not in OF_OPERATORS
        for line in unmarked(ast.parse(Path(path).read_text(encoding="utf-8")))
    ]
    assert not found
