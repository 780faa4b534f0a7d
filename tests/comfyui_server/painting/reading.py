"""What a prompt says: its subject and that one's colour, the place, and the words for the image as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.comfyui_server.painting.palette import Colour, named_colour, words
from tests.comfyui_server.painting.subjects import BY_WORD, Subject

_PLACES: Final = {
    "sea": "sea ocean beach island coast lake river water wave harbor harbour meer strand mer mar 海 바다",
    "snow": "snow snowy winter ice schnee neige nieve neve 雪",
    "forest": "forest wood jungle fairy elf bear wald forêt bosque floresta 森 숲",
    "city": "city street cyberpunk neon skyline tokyo urban building town stadt ville ciudad cidade 街 都市 도시",
    "desert": "desert dune sand camel pyramid cactus mars egypt wüste désert desierto deserto 砂漠 사막",
    "space": "space galaxy planet nebula cosmos alien saturn astronaut weltraum espace espacio espaço 宇宙 우주",
    "mountains": "mountain alp peak valley cliff viking berg gebirge montagne montaña montanha 山 산맥",
    "meadow": "meadow field garden hill rabbit wiese jardin jardín jardim 庭 정원",
    "table": "table kitchen tisch mesa 机 식탁",
}
_PLACE_OF: Final = {word: name for name, said in _PLACES.items() for word in words(said)}
_KINDS_OF_IMAGE: Final = frozenset(words("portrait face porträt retrato 肖像"))
"""They make a person the subject only where the prompt names no other."""
_REACH: Final = 3
"""A colour is its subject's if it is one of so many words before it: "a red, old fox"."""


@dataclass(frozen=True, slots=True)
class Reading:
    subject: Subject | None
    colour: Colour | None
    """What the prompt gives the subject."""
    place: str | None
    said: Sequence[str]
    """The words for the whole image: all but the subject's colour."""


def read(prompt_text: str) -> Reading:
    said = words(prompt_text)
    places = (_PLACE_OF[word] for word in said if word in _PLACE_OF)
    place = next(places, None)
    known = [index for index, word in enumerate(said) if word in BY_WORD]
    at = next((index for index in known if said[index] not in _KINDS_OF_IMAGE), next(iter(known), None))
    if at is None:
        return Reading(None, None, place, said)
    subject, near = BY_WORD[said[at]], range(max(0, at - _REACH), at)
    coloured = next((index for index in reversed(near) if named_colour(said[index])), None)
    if coloured is None:
        return Reading(subject, None, place, said)
    return Reading(subject, named_colour(said[coloured]), place, [*said[:coloured], *said[coloured + 1 :]])
