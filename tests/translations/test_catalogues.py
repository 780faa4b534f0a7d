"""Every text is translated into every language, and each translation can take its text's place in Discord."""

import ast
import functools
import io
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo

from bot.translation import languages
from bot.translation.languages import CATALOGUES, DOMAIN
from tests.translations import code_texts
from tests.translations.__main__ import catalogue
from tests.translations.code_texts import ROOT

CODES = [language.code for language in languages()]
PLACEHOLDER = re.compile(r"\{\w*(?::[^}]*)?\}")
COMMAND = re.compile(r"(?<![\w/.:])/[a-z]+\b")
# The label of a button, the title of a form, the description of an option: Discord cuts or refuses longer ones.
LIMITS = (45, 100)
DESCRIPTION = 100
SENTENCE_ENDS = tuple(".!?:…)")
# What a translation may say with other values than the English text has.
MAY_USE = {"{place} in line": {"{number}"}}


texts = functools.cache(code_texts.texts)


@functools.cache
def descriptions() -> set[str]:
    """The texts that describe commands and options, which have more room than a label of the same length."""
    single = {text: places for text, places in texts().items() if isinstance(text, str)}
    found = {text for text, places in single.items() if any(place.startswith("workflows") for place in places)}
    constants: dict[str, str] = {}
    named: set[str] = set()
    for path in (ROOT / "bot/discord_ui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            described = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "describe"
            if described or (isinstance(node, ast.keyword) and node.arg == "description"):
                found |= _strings(node)
                named |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                constants[node.target.id] = next(iter(_strings(node)), "")
    return found | {text for name, text in constants.items() if name in named}


def _strings(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def messages(code: str) -> Iterator[Message]:
    return (message for message in catalogue(code) if message.id)


def forms(message: Message) -> tuple[str, ...]:
    found = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    return tuple(form or "" for form in found)


def english(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else (message.id,)


def report(found: list[str]) -> None:
    assert not found, f"{len(found)} (make translations finds new texts)\n" + "\n".join(found)


def test_the_code_has_texts() -> None:
    assert "Cancel" in texts()
    assert ("{count} image", "{count} images") in texts()


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_translated(code: str) -> None:
    known = {message.id if isinstance(message.id, str) else tuple(message.id): message for message in messages(code)}
    report(
        [f"missing: {text!r} ({', '.join(sorted(places))})" for text, places in texts().items() if text not in known]
        + [f"no longer in the code: {text!r}" for text in known.keys() - texts().keys()]
        + [f"not translated: {text!r}" for text, message in known.items() if not all(forms(message)) or message.fuzzy]
    )


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_values_of_its_text(code: str) -> None:
    found = []
    for message in messages(code):
        wanted = set(PLACEHOLDER.findall(english(message)[-1]))
        allowed = wanted | MAY_USE.get(english(message)[0], set())
        for form in forms(message):
            has = set(PLACEHOLDER.findall(form))
            # A plural form for one thing may name it instead of counting it, and {place} is an English ordinal.
            may_lack = {"{count}"} if len(english(message)) > 1 else {"{place}"}
            if not has <= allowed or not wanted - may_lack <= has:
                found.append(f"{english(message)[0]!r}: {form!r}")
    report(found)


@pytest.mark.parametrize("code", CODES)
def test_a_translation_keeps_markdown_and_commands(code: str) -> None:
    found = []
    for message in messages(code):
        text = english(message)[-1]
        for form in forms(message):
            same = (
                form.count("**") == text.count("**")
                and form.count("`") == text.count("`")
                and form.count("\n") == text.count("\n")
                and Counter(COMMAND.findall(form)) == Counter(COMMAND.findall(text))
                and _lead(form) == _lead(text)
                and (form[:1] == " ") == (text[:1] == " ")
                and (form[-1:] == " ") == (text[-1:] == " ")
            )
            if not same:
                found.append(f"{text!r}: {form!r}")
    report(found)


def _lead(text: str) -> str:
    """The sign or mark that a message begins with: the program recognises some by it."""
    lead = re.match(r"(-# |> )?[^\w\s{(“\"'«¿¡「『`*/„\[<…]*", text)
    return lead.group().strip() if lead else ""


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_too_long_for_its_place(code: str) -> None:
    found = []
    for message in messages(code):
        text = english(message)[0]
        limit = DESCRIPTION if text in descriptions() else next((most for most in LIMITS if len(text) <= most), None)
        if limit is None or text.endswith(SENTENCE_ENDS) or not text[:1].isupper() or "{" in text:
            continue
        found += [f"{len(form)} > {limit}: {form!r} for {text!r}" for form in forms(message) if len(form) > limit]
    report(found)


@pytest.mark.parametrize("code", CODES)
def test_the_bot_reads_what_the_translators_wrote(code: str) -> None:
    made = io.BytesIO()
    write_mo(made, catalogue(code))
    assert made.getvalue() == (CATALOGUES / code / "LC_MESSAGES" / f"{DOMAIN}.mo").read_bytes(), "make translations"
