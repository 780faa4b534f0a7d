"""LoRA tags are taken out of a prompt, and nothing else is. Pure."""

import pytest

from bot.workflows.prompts.draws import draw
from bot.workflows.prompts.lora_tags import take_lora_tags
from bot.workflows.prompts.template import parse


@pytest.mark.parametrize(
    ("prompt", "text", "loras"),
    [
        ("a fox <lora:detail:0.8>", "a fox", ("detail:0.8",)),
        ("a fox, <lora:detail>, night", "a fox, night", ("detail",)),
        ("<lora:detail:1.0>, a fox", "a fox", ("detail:1.0",)),
        ("<LoRA:film grain:-0.5><lora:x/y.safetensors:.3> a fox", "a fox", ("film grain:-0.5", "x/y.safetensors:.3")),
        ("a <lora:a:1> red <lora:b:2> fox", "a red fox", ("a:1", "b:2")),
        ("a, <lora:a>, <lora:b>, c", "a, c", ("a", "b")),
        ("a fox\n<lora:a:0.5>\nat night", "a fox\n\nat night", ("a:0.5",)),
        ("a fox, <lora:a> at night", "a fox, at night", ("a",)),
        ("(a fox:1.2) <lora:a:strong>", "(a fox:1.2)", ("a:strong",)),
    ],
)
def test_tags_are_taken(prompt: str, text: str, loras: tuple[str, ...]) -> None:
    tagged = take_lora_tags(prompt)
    assert (tagged.text, tagged.loras, tagged.ignored) == (text, loras, ())


def test_what_a_loader_has_not_is_named() -> None:
    tagged = take_lora_tags("a fox <lora:a:0.8:lbw=OUTALL> <lora:b:1:0.5>")
    assert tagged.loras == ("a:0.8", "b:1")
    assert tagged.ignored == ("<lora:a:…:lbw=OUTALL>", "<lora:b:…:0.5>")


@pytest.mark.parametrize(
    "prompt", ["<b>", "<lyco:x:1>", "<hypernet:x:1>", "<lora>", "<lora:>", "a <lora: b", " a < b > c "]
)
def test_the_rest_stays(prompt: str) -> None:
    assert take_lora_tags(prompt).text == prompt


def test_a_tag_may_be_drawn_and_one_behind_a_backslash_is_text() -> None:
    drawn = draw(parse(r"{<lora:a:0.5>|<lora:b:0.5>} \<lora:c:1>"), "1", {})
    tagged = take_lora_tags(drawn.text, drawn.inert)
    assert tagged.text == "<lora:c:1>"
    assert tagged.loras in {("a:0.5",), ("b:0.5",)}
