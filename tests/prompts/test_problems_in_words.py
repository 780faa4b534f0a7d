"""Every problem with a prompt's own syntax has a sentence of its own. Pure."""

import re

from bot.errors import Problem
from bot.messages import explain_problems
from tests.programs import ROOT

SOURCES = sorted((ROOT / "bot" / "workflows" / "prompts").glob("*.py"))


def codes() -> set[str]:
    """Those that the code raises."""
    texts = [path.read_text(encoding="utf-8") for path in SOURCES]
    return {code for text in texts for code in re.findall(r"(?:Problem\(\"prompt\", |_fault\()\"(\w+)\"", text)}


def test_each_of_them_is_explained() -> None:
    found = codes()
    assert len(found) == 10
    sentences = {explain_problems((Problem("prompt", code, "`fox`", 20),), None) for code in found}
    assert len(sentences) == len(found)
    for sentence in sentences:
        assert sentence.endswith(".")
        assert "is not one of" not in sentence
        assert "`fox`" not in sentence.replace("`--fox`", "").replace("`__fox__`", "")
