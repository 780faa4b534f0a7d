"""A style as a moderator types it into a form: texts, and one setting a line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.messages import shown_prompt
from bot.translation import _, listed, shown_number
from bot.workflows.loras.trigger_words import WITH_WORDS
from bot.workflows.styles.style import (
    LONGEST_NAME,
    LONGEST_SETTING,
    LONGEST_TEXT,
    MOST_GUIDANCE,
    MOST_STEPS,
    SETTINGS,
    TEXT_SETTINGS,
    Style,
    is_setting_number,
    read_style,
)

_OTHER_WORDS: Final[Mapping[str, str]] = {
    "checkpoint": "model",
    "loras": "lora",
    "cfg": "guidance",
    "cfg_scale": "guidance",
    "ratio": "size",
}
"""What people call a setting -> the option of `/imagine`."""
_MOST_FAULTS: Final = 8


def read_fields(name: str, prompt: str, negative: str, settings: str) -> tuple[Style, list[str]]:
    """The style in these fields, and everything that is wrong with them, in sentences."""
    name = " ".join(name.split())
    content, faults = _settings(settings)
    faults = [*([fault] if (fault := name_fault(name)) else []), *_text_faults(prompt, negative), *faults]
    style = read_style(name, {"prompt": cleaned(prompt), "negative": cleaned(negative), **content})
    if not faults and not any((style.prompt, style.negative, style.settings)):
        faults.append(_("The style is empty. Give it a text, a negative text or a setting."))
    return style, faults[:_MOST_FAULTS]


def name_fault(name: str) -> str | None:
    """What is wrong with a style's name, as a sentence; None if it is fine."""
    if not name or not name.isprintable():
        return _("A style needs a name on one line.")
    if len(name) > LONGEST_NAME:
        return _("The name is too long: a style’s name can have at most {most} characters.").format(most=LONGEST_NAME)
    return None


def cleaned(text: str) -> str:
    """The text without what no database keeps, and without space around it."""
    return text.replace("\0", "").encode(errors="replace").decode().strip()


def settings_text(style: Style) -> str:
    """The lines that `read_fields` reads back."""
    return "\n".join(
        f"{name}: {value:g}" if isinstance(value, float) else f"{name}: {value}"
        for name, value in style.settings.items()
    )


def _text_faults(prompt: str, negative: str) -> list[str]:
    long = _("The {field} is too long: it can have at most {most} characters.")
    fields = {_("text"): prompt, _("negative text"): negative}
    return [
        long.format(field=field, most=shown_number(LONGEST_TEXT))
        for field, text in fields.items()
        if len(text) > LONGEST_TEXT
    ]


def _settings(text: str) -> tuple[dict[str, object], list[str]]:
    found: dict[str, object] = {}
    faults: list[str] = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        word, colon, value = (part.strip() for part in line.partition(":"))
        key = _OTHER_WORDS.get(word.casefold(), word.casefold())
        if not colon or key not in SETTINGS:
            unknown = _(
                "I don’t know the setting “{line}”. Write one per line, like `steps: 30`. You can set: {names}."
            )
            names = listed(f"`{name}`" for name in SETTINGS)
            faults.append(unknown.format(line=shown_prompt(line, 60), names=names))
        elif key in found:
            faults.append(_("`{setting}` is set twice.").format(setting=key))
        elif value:
            fault = _set_one(found, key, value)
            faults += [fault] if fault else []
    return found, faults


def _set_one(found: dict[str, object], key: str, value: str) -> str | None:
    if key in TEXT_SETTINGS:
        found[key] = cleaned(value)
        if key == "lora" and WITH_WORDS in value:
            return _("Write the trigger words into the style’s text: `{suffix}` only works in `/imagine`.").format(
                suffix=WITH_WORDS
            )
        too_long = _("`{setting}` is too long: it can have at most {most} characters.")
        return too_long.format(setting=key, most=LONGEST_SETTING) if len(value) > LONGEST_SETTING else None
    number = _number(value)
    if number is None or not is_setting_number(key, number):
        found[key] = None
        wrong = _("“{value}” isn’t a valid value for `{setting}`. Use a number up to {most}.")
        most = MOST_STEPS if key == "steps" else MOST_GUIDANCE
        return wrong.format(value=shown_prompt(value, 40), setting=key, most=shown_number(most))
    found[key] = number
    return None


def _number(text: str) -> int | float | None:
    plain = text.replace(",", ".")
    try:
        return int(plain) if plain.isdecimal() else float(plain)
    except ValueError:
        return None
