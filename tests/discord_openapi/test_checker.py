"""What the checker finds, and that it finds the right thing: one fault a body, named in the answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.discord_openapi import check, operation, problems, response_problems
from tests.discord_openapi.command_rules import legal_name

EDIT = ("PATCH", "/webhooks/123/made-up-token/messages/@original")
SEND = ("POST", "/channels/123/messages")
ANSWER = ("POST", "/interactions/123/made-up-token/callback")
SYNC = ("PUT", "/applications/123/commands")
NOBODY: Any = {"allowed_mentions": {"parse": []}}
V2 = 1 << 15


def button(**changes: object) -> dict[str, object]:
    return {"type": 2, "style": 1, "label": "Cancel", "custom_id": "cancel:1"} | changes


def row(*components: object) -> dict[str, object]:
    return {"type": 1, "components": list(components)}


def select(*values: str, **changes: object) -> dict[str, object]:
    options = [{"label": value, "value": value} for value in values]
    return {"type": 3, "custom_id": "pick", "options": options} | changes


def display(content: str) -> dict[str, object]:
    return {"type": 10, "content": content}


def command(**changes: object) -> dict[str, object]:
    return {"name": "imagine", "description": "Makes an image", "type": 1} | changes


def option(name: str = "prompt", kind: int = 3, **changes: object) -> dict[str, object]:
    return {"name": name, "description": "What to draw", "type": kind} | changes


SOUND = [
    (*EDIT, {"content": "3rd in line", **NOBODY, "components": [row(button(), button(custom_id="x"))]}),
    (*EDIT, {"attachments": [{"id": 0, "filename": "cat.png"}, {"id": "1234567890123456789"}]}),
    (*EDIT, {"content": "for you", "allowed_mentions": {"parse": [], "users": [123456789012345678]}}),
    (*EDIT, {"components": [display("no flags: the message may have them already")], **NOBODY}),
    (*SEND, {"embeds": [{"title": "A cat", "image": {"url": "attachment://cat.png"}}], **NOBODY}),
    (*SEND, {"flags": V2, "components": [{"type": 17, "components": [display("hello")]}], **NOBODY}),
    (*SEND, {"content": "", "attachments": [{"id": 0}]}),
    (*ANSWER, {"type": 4, "data": {"content": "hello", "flags": 64, **NOBODY}}),
    (*ANSWER, {"type": 5, "data": {"flags": 64}}),
    (*ANSWER, {"type": 6}),
    (*ANSWER, {"type": 8, "data": {"choices": [{"name": "Draft", "value": "draft"}]}}),
    (*SYNC, [command(options=[option(required=True), option("seed", 4, min_value=0)])]),
    (*SYNC, [{"name": "Show recipe", "type": 3}]),
    (*SYNC, []),
    ("PATCH", "/applications/123/guilds/4/commands/5", {"description": "Another"}),
    ("GET", "/users/@me", None),
    ("POST", "/users/@me/channels", {"recipient_id": 123}),
]


@pytest.mark.parametrize(("method", "path", "body"), SOUND)
def test_a_sound_body_has_no_problems(method: str, path: str, body: Any) -> None:  # noqa: ANN401
    assert problems(method, path, body) == []


REFUSED = [
    ("IS_COMPONENTS_V2 flag", SEND, {"components": [display("hello")], **NOBODY}),
    ("goes with none of content", SEND, {"flags": V2, "content": "x", "components": [], **NOBODY}),
    ("/content", SEND, {"content": "x" * 2001, **NOBODY}),
    ("/content", EDIT, {"content": "x" * 2001, **NOBODY}),
    ("/embeds: 6001", SEND, {"embeds": [{"description": "x" * 3000}] * 2 + [{"title": "x"}], **NOBODY}),
    ("/embeds", SEND, {"embeds": [{"title": "x"}] * 11, **NOBODY}),
    ("/embeds/0/description", SEND, {"embeds": [{"description": "x" * 4097}], **NOBODY}),
    ("/embeds/0/fields/0", SEND, {"embeds": [{"fields": [{"name": " ", "value": "x"}]}], **NOBODY}),
    ("/embeds/0/image/url", SEND, {"embeds": [{"image": {"url": "not a link"}}], **NOBODY}),
    ("/attachments", EDIT, {"attachments": [{"id": number} for number in range(11)]}),
    ("/components/0/components/0/label", EDIT, {"components": [row(button(label="x" * 81))]}),
    ("/components/0/components/0/custom_id", EDIT, {"components": [row(button(custom_id="x" * 101))]}),
    ("/components/0/components: ", EDIT, {"components": [row(*[button()] * 6)]}),
    ("'cancel:1' is used 2 times", EDIT, {"components": [row(button(), button())]}),
    ("6 action rows", SEND, {"components": [row(button(custom_id=str(n))) for n in range(6)], **NOBODY}),
    ("one select", EDIT, {"components": [row(button(), select("a"))]}),
    ("a link button has a url", EDIT, {"components": [row(button(style=5))]}),
    ("has a custom_id", EDIT, {"components": [row(button(custom_id=None))]}),
    ("neither a label nor an emoji", EDIT, {"components": [row(button(label=""))]}),
    ("above its 1 options", EDIT, {"components": [row(select("a", max_values=2))]}),
    ("min_values 2 is above", EDIT, {"components": [row(select("a", "b", min_values=2))]}),
    ("two options have one value", EDIT, {"components": [row(select("a", "a"))]}),
    ("41 in all", EDIT, {"flags": V2, "components": [{"type": 17, "components": [{"type": 14}] * 40}]}),
    ("characters of text", EDIT, {"flags": V2, "components": [display("x" * 2001)] * 2, **NOBODY}),
    ("deferral", ANSWER, {"type": 5, "data": {"flags": 64 | V2}}),
    ("deferral", ANSWER, {"type": 5, "data": {"content": "soon"}}),
    ("/data/choices", ANSWER, {"type": 8, "data": {"choices": [{"name": "x", "value": "x"}] * 26}}),
    ("/data/choices/0/name", ANSWER, {"type": 8, "data": {"choices": [{"name": "x" * 101, "value": "x"}]}}),
    ("/data/content", ANSWER, {"type": 4, "data": {"content": "x" * 2001, **NOBODY}}),
    ("not a legal name", SYNC, [command(name="Imagine")]),
    ("not a legal name", SYNC, [command(options=[option("the prompt")])]),
    ("/0/name", SYNC, [command(name="x" * 33)]),
    ("/0/description", SYNC, [command(description="x" * 101)]),
    ("a description is required", SYNC, [command(description="")]),
    ("neither description nor options", SYNC, [command(type=3)]),
    ("required options come first", SYNC, [command(options=[option(), option("b", required=True)])]),
    ("both choices and autocomplete", SYNC, [command(options=[option(autocomplete=True, choices=[
        {"name": "a", "value": "a"}])])]),
    ("option 'prompt' is there 2 times", SYNC, [command(options=[option(), option()])]),
    ("command 'imagine' is there 2 times", SYNC, [command(), command()]),
    ("side by side", SYNC, [command(options=[option(), option("add", 1)])]),
    ("/0/options/0/options/0", SYNC, [command(options=[option("a", 2, options=[option("b", 2)])])]),
    ("/0/options", SYNC, [command(options=[option(f"o{n}") for n in range(26)])]),
    ("/0/options/0/max_value", SYNC, [command(options=[option("seed", 4, max_value=2**64)])]),
    ("min_value 2 is above", SYNC, [command(options=[option("seed", 4, min_value=2, max_value=1)])]),
    ("101 commands of type 1", SYNC, [command(name=f"c{n}") for n in range(101)]),
    ("characters together", SYNC, [command(options=[
        option(f"o{number}", choices=[{"name": "x" * 100, "value": "x" * 60}] * 10) for number in range(5)
    ])]),
    ("a body is missing", SEND, None),
    ("no such operation", ("POST", "/made/up"), None),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "route", "body"), REFUSED)
def test_what_discord_refuses_is_named(wrong: str, route: tuple[str, str], body: Any) -> None:  # noqa: ANN401
    verdict = check(*route, body)
    assert [one for one in verdict.refused if wrong in one]
    assert verdict.reported == ()


def modal(*components: object, title: str = "Edit") -> dict[str, object]:
    return {"type": 9, "data": {"custom_id": "edit", "title": title, "components": list(components)}}


def label(component: object) -> dict[str, object]:
    return {"type": 18, "label": "Prompt", "component": component}


def words(**changes: object) -> dict[str, object]:
    return {"type": 4, "custom_id": "prompt", "style": 2} | changes


@pytest.mark.parametrize(
    ("wrong", "body"),
    [
        ("/data/title", modal(label(words()), title="x" * 46)),
        ("6; 5 is the most", modal(*[label(words(custom_id=str(number))) for number in range(6)])),
        ("'prompt' is used 2 times", modal(label(words()), label(words()))),
        ("min_length 9 is above", modal(label(words(min_length=9, max_length=8)))),
        ("its value has 3 characters", modal(label(words(value="abc", max_length=2)))),
        ("no label of its own", modal(label(words(label="Prompt")))),
        ("a label is required", modal(row(words()))),
        ("/data/components/0/component/value", modal(label(words(value="x" * 4001)))),
    ],
)
def test_what_discord_refuses_in_a_modal_is_named(wrong: str, body: dict[str, object]) -> None:
    refused = check(*ANSWER, body).refused
    assert len(refused) == 1
    assert wrong in refused[0]
    assert problems(*ANSWER, modal(label(words(value="abc", max_length=3)), row(words(custom_id="2", label="x")))) == []


REPORTED = [
    ("/allowed_mentions: missing", SEND, {"content": "@everyone"}),
    ("/allowed_mentions: missing", EDIT, {"embeds": [{"title": "x"}]}),
    ("/allowed_mentions: missing", SEND, {"flags": V2, "components": [display("@everyone")]}),
    ("/allowed_mentions: missing", ANSWER, {"type": 4, "data": {"content": "@everyone"}}),
    ("/allowed_mentions: missing", ANSWER, {"type": 7, "data": {"content": "@everyone"}}),
    ("must be []", SEND, {"content": "x", "allowed_mentions": {"parse": ["everyone"]}}),
    ("must be []", SEND, {"content": "x", "allowed_mentions": {}}),
    ("roles must not", SEND, {"content": "x", "allowed_mentions": {"parse": [], "roles": ["1"]}}),
    ("replied_user", SEND, {"content": "x", "allowed_mentions": {"parse": [], "replied_user": True}}),
    ("contnet", EDIT, {"contnet": "x"}),
    ("colour", EDIT, {"embeds": [{"colour": 1}], **NOBODY}),
    ("lable", EDIT, {"components": [row(button(lable="x"))]}),
    ("ephemeral", ANSWER, {"type": 4, "data": {"content": "x", "ephemeral": True, **NOBODY}}),
    ("only an answer to an interaction", SEND, {"content": "x", "flags": 64, **NOBODY}),
    ("a body where none belongs", ("GET", "/users/@me"), {}),
]


@pytest.mark.parametrize(("wrong", "route", "body"), REPORTED)
def test_what_discord_takes_but_nobody_means_is_reported(
    wrong: str, route: tuple[str, str], body: dict[str, object]
) -> None:
    verdict = check(*route, body)
    assert verdict.refused == ()
    assert len(verdict.reported) == 1
    assert wrong in verdict.reported[0]


def test_a_literal_segment_beats_a_parameter() -> None:
    templates = {
        "/users/@me": "/users/@me",
        "/users/123": "/users/{user_id}",
        "/webhooks/1/t/messages/@original": "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        "/webhooks/1/t/messages/2": "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
    }
    found = {path: operation("GET", path) for path in templates}
    assert {path: one.template for path, one in found.items() if one} == templates


def test_an_answer_is_held_against_the_document_too() -> None:
    assert response_problems("GET", "/gateway", 200, {"url": "ws://127.0.0.1/"}) == []
    assert response_problems("GET", "/gateway", 200, {}) == ['/: "url" is a required property']
    assert response_problems("GET", "/gateway", 204, None) == ["GET /gateway has no answer 204"]


@pytest.mark.parametrize("name", ["imagine", "upscale-2", "größe", "画像", "it's", "วาดรูป", "चित्र"])
def test_names_of_other_scripts_are_legal(name: str) -> None:
    assert legal_name(name)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["content", "embeds", "components", "attachments", "flags", "allowed_mentions", "type", "data", "id"]


# No duration is asserted, not even hypothesis's own.
@given(st.sampled_from([EDIT, SEND, ANSWER]), st.dictionaries(st.sampled_from(NAMES), json_values))
def test_any_json_gets_a_verdict(route: tuple[str, str], body: dict[str, object]) -> None:
    check(*route, body)
