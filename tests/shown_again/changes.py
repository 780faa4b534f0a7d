"""What moderators change after an image was made, and what the member then reads instead of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.discord_server.resolving import Value
from tests.people import ALICE
from tests.shown_again.conftest import ATTIC, GENERAL


@dataclass(frozen=True, slots=True)
class Change:
    """A command of `/moderate`, and how it is taken back. `workflow`: the image that it is about."""

    command: str
    options: Mapping[str, Value]
    said: str
    back: str
    back_options: Mapping[str, Value] = field(default_factory=dict)
    workflow: str = "Green"


_HERE: Mapping[str, Value] = {"channel": GENERAL}

REFUSING = {
    "block": Change(
        "block",
        {"user": ALICE, "reason": "spam"},
        "blocked from requesting images here: spam",
        "unblock",
        {"user": ALICE},
    ),
    "words": Change(
        "words add",
        {"kind": "word", "text": "zeppelin", "action": "refuse"},
        "prompt contains something that isn’t allowed here",
        "words remove",
    ),
    "held words": Change(
        "words add",
        {"kind": "word", "text": "zeppelin", "action": "hold"},
        "A moderator has to approve the image’s prompt first",
        "words remove",
    ),
    "channel": Change(
        "channels set",
        {**_HERE, "use": "deny"},
        "You can’t use me in this channel. Use `/history`",
        "channels clear",
        _HERE,
    ),
    "another channel": Change(
        "channels set",
        {"channel": ATTIC, "use": "allow"},
        "You can’t use me in this channel",
        "channels clear",
        {"channel": ATTIC},
    ),
    "workflow": Change(
        "channels set",
        {**_HERE, "workflows": "Painting"},
        "“Green” isn’t allowed in this channel. Use `/history`",
        "channels clear",
        _HERE,
    ),
    "check refuses": Change(
        "check", {"action": "refuse"}, "image check blocked this image", "check", {"action": "off"}, workflow="Red"
    ),
    "check holds": Change(
        "check", {"action": "hold"}, "image check blocked this image", "check", {"action": "off"}, workflow="Red"
    ),
}
SPOILING = {
    "channel": Change("channels set", {**_HERE, "spoiler": "yes"}, "", "channels clear", _HERE),
    "words": Change("words add", {"kind": "word", "text": "zeppelin", "action": "spoiler"}, "", "words remove"),
    "check": Change("check", {"action": "spoiler"}, "", "check", {"action": "off"}, workflow="Red"),
}
