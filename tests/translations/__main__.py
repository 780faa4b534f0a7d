"""`make translations`: new texts go into every catalogue, those that are gone leave, and the bot's own form is written.

With the name of a language (`ARGS=it`) its catalogue is made. What is there already is never changed.
"""

import sys

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.translation import languages
from bot.translation.languages import CATALOGUES, DOMAIN
from tests.translations.code_texts import Text, texts


def main(added: list[str]) -> None:
    """Renew the catalogues, and say how complete they are."""
    found = texts()
    for code in (*(language.code for language in languages()), *added):
        print(f"{code}: {renew(code, found)} of {len(found)} texts are translated")


def renew(code: str, found: dict[Text, set[str]]) -> int:
    """Renew one catalogue. Returns how many of these texts are translated."""
    folder = CATALOGUES / code / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    renewed = catalogue(code) if (folder / f"{DOMAIN}.po").exists() else Catalog(code, DOMAIN, project="Darkroom")
    before = {message.id if isinstance(message.id, str) else tuple(message.id): message.string for message in renewed}
    for text in before:
        renewed.delete(text)
    translated = 0
    for text, places in sorted(found.items(), key=lambda one: (min(one[1]), str(one[0]))):
        string = before.get(text, "")
        translated += bool(string) and all(string or ())
        renewed.add(text, string, locations=[(place, 0) for place in sorted(places)])
    with (folder / f"{DOMAIN}.po").open("wb") as file:
        write_po(file, renewed, width=0, include_lineno=False)
    with (folder / f"{DOMAIN}.mo").open("wb") as file:
        write_mo(file, renewed)
    return translated


def catalogue(code: str) -> Catalog:
    """A language's catalogue as it is."""
    with (CATALOGUES / code / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=code, domain=DOMAIN)


if __name__ == "__main__":
    main(sys.argv[1:])
