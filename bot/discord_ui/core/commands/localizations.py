"""Commands as members of other languages read them while they type. Pure.

Descriptions and the names of choices are translated. Names are not: what members tell each other and what the
documentation says is then the same everywhere.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.discord_limits import CHOICE
from bot.discord_ui.core.commands.options import options_of, short
from bot.translation import Language, _, languages, speaking
from bot.workflows import Pack

Body = Mapping[str, Any]
"""The JSON of a command, an option or a choice."""

_CHAT_INPUT: Final = 1


def localized(body: Body, pack: Pack | None) -> Body:
    """A command's JSON with its texts in all languages (Discord's Application Commands, Localization). `pack`: the
    workflow that the command runs, whose options are described by what the workflow says.
    """
    spoken: dict[Language, Mapping[str, str]] = {}
    for language in languages():
        with speaking(language):
            own = {} if pack is None else {option.name: option.description for option in options_of(pack)}
        spoken[language] = own
    return _localized(body, spoken)


def _localized(body: Body, spoken: Mapping[Language, Mapping[str, str]]) -> Body:
    changed = dict(body)
    if description := body.get("description"):
        own = {language: texts.get(body["name"]) for language, texts in spoken.items()}
        changed["description_localizations"] = dict(_in_each(description, own))
    if options := body.get("options"):
        changed["options"] = [_localized_option(option, spoken) for option in options]
    return changed


def _localized_option(option: Body, spoken: Mapping[Language, Mapping[str, str]]) -> Body:
    changed = dict(_localized(option, spoken))
    if choices := option.get("choices"):
        none = dict.fromkeys(spoken)
        changed["choices"] = [{**one, "name_localizations": dict(_in_each(one["name"], none))} for one in choices]
    return changed


def _in_each(english: str, own: Mapping[Language, str | None]) -> Iterator[tuple[str, str]]:
    """Discord's locales and their texts, where these differ from the English one."""
    for language, text in own.items():
        with speaking(language):
            translated = short(text or _(english), CHOICE)
        if translated != english:
            yield from ((locale, translated) for locale in language.locales)
