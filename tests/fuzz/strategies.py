"""What outsiders write: any JSON, and true documents with something wrong somewhere."""

import copy
import json
import random
from typing import Any, Final

from hypothesis import strategies as st

_ODD_TEXTS: Final = (
    "",
    "\0",
    "\ud800",
    "\u202e",
    "\x1b[2J",
    "a\r\nb",
    "../" * 20,
    "/" * 300,
    "NaN",
    "1e999",
    "9" * 500,
    "{value}",
    "[output]",
    "COMBO",
    "COMFY_AUTOGROW",
    "\U0001d518" * 50,
)
_ODD_NUMBERS: Final = (0, -1, 2**31, 2**53, 2**64, 10**400, -(10**400), 1e308, 5e-324, float("nan"), float("inf"))
_FIELDS: Final = (
    *("type", "data", "node", "nodes", "display_node", "node_id", "prompt_id", "value", "max", "state", "output"),
    *("images", "filename", "subfolder", "text", "source", "outputs", "status", "status_str", "messages", "timestamp"),
    *("error", "errors", "node_errors", "extra_info", "message", "details", "class_type", "inputs", "_meta", "title"),
    *("input", "required", "optional", "options", "default", "min", "step", "output_node", "links", "widgets_values"),
)

texts: Final = st.sampled_from(_ODD_TEXTS) | st.text(max_size=30)
numbers: Final = st.sampled_from(_ODD_NUMBERS) | st.integers() | st.floats()
plain: Final = st.none() | st.booleans() | numbers | texts
names: Final = st.sampled_from(_FIELDS) | texts
json_values: Final[st.SearchStrategy[Any]] = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


@st.composite
def damaged(draw: st.DrawFn, document: Any) -> Any:  # noqa: ANN401 - JSON
    """The document with up to five of its values replaced, taken away, or put under another name."""
    # One that is shared could be changed for all that come later.
    whole = {"": copy.deepcopy(document)}
    for _ in range(draw(st.integers(1, 5))):
        places = list(_places(whole))
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(("replace", "remove", "rename"))), holder:
            case "remove", _ if holder is not whole:
                del holder[key]
            case "rename", dict() if holder is not whole:
                holder[draw(names)] = holder.pop(key)
            case _:
                holder[key] = draw(json_values)
    return whole[""]


def _places(holder: Any) -> Any:  # noqa: ANN401 - JSON
    waiting = [holder]
    while waiting:
        one = waiting.pop()
        for key, value in list(one.items()) if isinstance(one, dict) else list(enumerate(one)):
            yield one, key
            if isinstance(value, dict | list):
                waiting.append(value)


def broken_text(text: str | bytes) -> st.SearchStrategy[bytes]:
    """The file cut off, doubled, or with bytes changed and put in; and bytes that have nothing to do with it."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text

    def broken(seed: int) -> bytes:
        drawn, changed = random.Random(seed), bytearray(raw)
        for _ in range(drawn.randint(1, 8)):
            place = drawn.randrange(len(changed) + 1)
            match drawn.randrange(4):
                case 0:
                    del changed[place : place + drawn.randint(1, 200)]
                case 1:
                    changed[place:place] = drawn.randbytes(drawn.randint(1, 8))
                case 2:
                    changed[place : place + 1] = bytes([drawn.randrange(256)])
                case _:
                    changed[place:place] = changed[place : place + drawn.randint(1, 40)]
        return bytes(changed)

    return st.integers(0, 2**32).map(broken) | st.binary(max_size=200)


def dumped(value: object) -> str:
    """As Python writes it, NaN and lone surrogates too: so does ComfyUI."""
    return json.dumps(value)
