"""Who may use what, as a table: a row for each command, autocomplete, button, select and form of the bot, a column for
each kind of person, and in each cell a piece of what that person reads.

Buttons, selects and forms stand in `press_cells.py`. A row that is missing is found by `test_who_may_use_what.py`: it
looks through the commands that are registered and the handlers that answer presses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tests.discord_server.resolving import Value

Person = Literal["owner", "member", "thread", "blocked", "moderator", "administrator", "neighbour", "direct"]
PEOPLE: Final[tuple[Person, ...]] = (
    "owner", "member", "thread", "blocked", "moderator", "administrator", "neighbour", "direct",
)  # fmt: skip
"""`owner` has ordered the image in question. `thread` is another member, in a thread. `neighbour` is moderator and
administrator, but of another guild, and knows every id. `direct` is the owner, in direct messages.
"""

HIDDEN: Final = "hidden"
"""Discord does not offer it there."""
REFUSED: Final = "Only moderators"
NOT_ADMINISTRATOR: Final = "Manage Server"
NOT_THE_OPERATOR: Final = "Only the people who run this bot"
IN_SERVERS: Final = "only works in a server"
FORM: Final = "a form"
NOTHING: Final = "no choices"
STRANGE: Final = "can’t find that workflow"
NO_STYLE: Final = "There is no style called"
NOT_IN_QUEUE: Final = "isn’t in this server’s queue"
NOT_YOURS: Final = "not yours"
BLOCKED: Final = "blocked from requesting"
TAKEN: Final = "🕓"
"""The order is in the line."""
UNKNOWN: Final = "no longer have that request"
NOT_REPORTABLE: Final = "tell a moderator about it"
LATE: Final = "too long ago"
NO_GRID: Final = "no longer have that grid"
PART: Final = "No workflow here can change a part"
WHICH_PART: Final = "which image this was about"
NO_RECIPE: Final = "has no recipe"
WHICH_WORKFLOW: Final = "What would you like to do with it?"

Kind = Literal["picture", "private", "hidden"]
"""The owner's image: one for all to see, one that stays private, one that a rule has wait for a moderator."""

Cells = Mapping[Person, str]


def everybody(told: str, **others: str) -> Cells:
    """The same for all, but for the `others` that are named."""
    assert others.keys() <= set(PEOPLE)
    # A thread is like its channel.
    others = {"thread": others.get("member", told)} | others
    return {person: others.get(person, told) for person in PEOPLE}


def moderators(told: str, **others: str) -> Cells:
    """For moderators alone."""
    return everybody(
        REFUSED, **(dict.fromkeys(("moderator", "administrator", "neighbour"), told) | {"direct": HIDDEN} | others)
    )


def administrators(told: str, **others: str) -> Cells:
    """For administrators alone."""
    return everybody(
        NOT_ADMINISTRATOR, **(dict.fromkeys(("administrator", "neighbour"), told) | {"direct": HIDDEN} | others)
    )


def suggested(piece: str, *, administrator: bool = False, neighbour: str = NOTHING) -> Cells:
    """Suggested to moderators alone, or to administrators alone, of this guild alone."""
    to = ("administrator",) if administrator else ("moderator", "administrator")
    return everybody(NOTHING, **(dict.fromkeys(to, piece) | {"neighbour": neighbour, "direct": HIDDEN}))


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. In the options `{job_id}` is the id of the owner's image, made for this cell; `{user}` and
    `{channel}` somebody and some channel to act on, `{owner}` the owner, `{image}` and `{graph}` files.
    """

    name: str
    told: Cells
    options: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Menu:
    """An entry of a message's context menu: used on the message of the owner's image, and where that is not, on
    another one with an image.
    """

    name: str
    told: Cells
    of: Kind = "picture"


@dataclass(frozen=True, slots=True)
class Typing:
    """An autocomplete. A cell is a piece of one of the choices; the owner has a job whose prompt is "suggested"."""

    name: str
    option: str
    told: Cells
    text: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A button, or a select where something is `picked`. Everybody presses it, whether or not they were ever shown it.

    `custom_id` is what its handler answers to. `{job_id}` is an image of the owner, `{draft_id}` a draft of the
    administrator and `{doomed}` another workflow, each made for this cell. `{key}` is of a question about an image. The
    owner was asked it or, with `asked`, the person who presses.
    """

    custom_id: str
    told: Cells
    picked: str | None = None
    of: Kind = "picture"
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form: opened by somebody who may, by a press or a command, and sent off by everybody, with this `custom_id`."""

    custom_id: str
    told: Cells
    opened_by: Press | Command
    opener: Person = "moderator"
    entries: Mapping[str, str] = field(default_factory=dict)
    of: Kind = "picture"


HERE: Final = {"direct": IN_SERVERS}
ELSEWHERE: Final = {"neighbour": STRANGE}
STYLE: Final = {"name": "fancy"}
_OWN: Final = {"name": "spare"}
"""A workflow that belongs to the guild where all but the neighbour are."""

COMMANDS: Final = (
    Command("imagine", everybody(TAKEN, blocked=BLOCKED), {"prompt": "a fox"}),
    Command("imagine", everybody(TAKEN, blocked=BLOCKED), {"prompt": "a fox", "private": True}),
    Command("negate", everybody(TAKEN, blocked=BLOCKED), {"image": "{picture}"}),
    Command("restyle", everybody(TAKEN, blocked=BLOCKED), {"image": "{picture}", "prompt": "a fox"}),
    Command("upscale", everybody(TAKEN, blocked=BLOCKED), {"image": "{picture}"}),
    Command("queue", everybody("**Queue**")),
    Command("history", everybody("no images here yet")),
    Command("quota", everybody("In the queue", blocked=BLOCKED)),
    Command("settings", everybody("defaults")),
    Command("grid", everybody("Grid of 2 images", blocked=BLOCKED), {"prompt": "a fox", "x": "seed 2, 3"}),
    Command("privacy", everybody("What I keep about you")),
    Command("cancel", everybody("can’t find", owner="🛑 Cancelled", direct="🛑 Cancelled"), {"job": "{job_id}"}),
    Command("workflows", everybody("Painting")),
    Command("workflow add", administrators("Brought"), {"file": "{graph}"}),
    Command("workflow test", administrators("🕓", **ELSEWHERE), _OWN),
    Command("workflow disable", administrators("is disabled", **ELSEWHERE), _OWN),
    Command("workflow enable", administrators("is enabled", **ELSEWHERE), _OWN),
    Command("workflow remove", administrators("for good", **ELSEWHERE), _OWN),
    Command("workflow export", administrators("as files", **ELSEWHERE), _OWN),
    Command("moderate queue", moderators("This server’s queue")),
    Command(
        "moderate cancel", moderators("🛑 Cancelled", neighbour=NOT_IN_QUEUE), {"job": "{job_id}", "reason": "because"}
    ),
    Command("moderate cancel", moderators("🛑 Cancelled", neighbour="nothing in the queue"), {"user": "{owner}"}),
    Command("moderate cancel", moderators(FORM), {"all": True}),
    Command("moderate front", moderators("to the front", neighbour=NOT_IN_QUEUE), {"job": "{job_id}"}),
    Command("moderate pause", moderators("⏸️"), {"reason": "lunch"}),
    Command("moderate resume", moderators("The queue")),
    Command("moderate block", moderators("is blocked"), {"user": "{user}", "duration": "30m"}),
    Command("moderate unblock", moderators("<@"), {"user": "{user}"}),
    Command("moderate limits", moderators("no limits")),
    Command("moderate channels set", moderators("with previews"), {"channel": "{channel}", "previews": "yes"}),
    Command("moderate channels clear", moderators("rules for"), {"channel": "{channel}"}),
    Command("moderate channels list", moderators("")),
    Command("moderate words add", moderators("approval"), {"kind": "word", "text": "zebra", "action": "hold"}),
    Command("moderate words remove", moderators("isn’t in the list"), {"rule": "999999"}),
    Command("moderate words list", moderators("")),
    Command("moderate audit", moderators("isn’t posted in any channel")),
    Command("moderate approvals", moderators("no channel for approvals")),
    Command("moderate digest", moderators("no weekly digest")),
    Command("moderate check", moderators("Image check: off")),
    Command("moderate log", moderators("")),
    Command("style add", moderators(FORM), {"name": "new"}),
    Command("style edit", moderators(FORM, neighbour=NO_STYLE), STYLE),
    Command("style list", moderators("**Fancy**", neighbour="no styles yet")),
    Command("style import", moderators("has no styles in it"), {"file": "{empty}"}),
    Command("style remove", moderators(NO_STYLE), {"name": "nothing"}),
    Command("machine pause", everybody(NOT_THE_OPERATOR, direct=HIDDEN)),
    Command("machine until", everybody(NOT_THE_OPERATOR, direct=HIDDEN), {"time": "2h"}),
    Command("machine resume", everybody(NOT_THE_OPERATOR, direct=HIDDEN)),
    Command("operator servers", everybody(NOT_THE_OPERATOR, direct=HIDDEN)),
    Command("operator caps", everybody(NOT_THE_OPERATOR, direct=HIDDEN)),
    Command("operator leave", everybody(NOT_THE_OPERATOR, direct=HIDDEN), {"server": "Guild"}),
)

_AWAY: Final = dict.fromkeys(("thread", "neighbour", "direct"), NO_RECIPE)
_READ: Final = dict.fromkeys(("thread", "neighbour", "direct"), "It ")
_CHOSEN: Final = dict.fromkeys(("thread", "neighbour", "direct"), WHICH_WORKFLOW)
_OWNERS: Final = {"owner": "the owner's"}

MENUS: Final = (
    Menu("Show recipe", everybody("the owner's", **_AWAY)),
    Menu("Show recipe", everybody("has no image attached", **_OWNERS, **_AWAY), of="hidden"),
    Menu("Reuse recipe", everybody(FORM, **_AWAY)),
    Menu("Reuse recipe", everybody("has no image attached", owner=FORM, **_AWAY), of="hidden"),
    Menu("Where is this from?", everybody("I made this for", **_READ)),
    Menu(
        "Where is this from?",
        everybody("has no image attached", owner="I made this for", **_READ),
        of="hidden",
    ),
    Menu("Use as input", everybody("has no image attached", **_CHOSEN)),
)

TYPINGS: Final = (
    *(Typing(f"machine {name}", "server", everybody(NOTHING, direct=HIDDEN)) for name in ("pause", "until", "resume")),
    Typing("operator leave", "server", everybody(NOTHING, direct=HIDDEN)),
    Typing("imagine", "workflow", everybody("Painting"), "paint"),
    Typing("imagine", "size", everybody("Square")),
    Typing("imagine", "count", everybody("1")),
    Typing("imagine", "model", everybody(NOTHING)),
    Typing("imagine", "sampler", everybody(NOTHING)),
    Typing("imagine", "lora", everybody("soft-light")),
    Typing("imagine", "style", everybody("Fancy", neighbour=NOTHING, direct=NOTHING)),
    Typing("grid", "x", everybody("seed")),
    Typing("grid", "y", everybody("seed")),
    Typing("grid", "workflow", everybody("Painting"), "paint"),
    Typing("grid", "size", everybody("Square")),
    Typing("grid", "model", everybody(NOTHING)),
    Typing("grid", "sampler", everybody(NOTHING)),
    Typing("grid", "lora", everybody("soft-light")),
    Typing("grid", "style", everybody("Fancy", neighbour=NOTHING, direct=NOTHING)),
    Typing("settings", "style", everybody("Fancy", neighbour=NOTHING, direct=NOTHING)),
    Typing("settings", "workflow", everybody("Painting"), "paint"),
    Typing("settings", "size", everybody("Square")),
    Typing("settings", "count", everybody("1")),
    Typing("settings", "model", everybody(NOTHING)),
    Typing("cancel", "job", everybody(NOTHING, owner="suggested", direct="suggested"), "suggested"),
    Typing("workflow test", "name", suggested("Spare", administrator=True), "spare"),
    Typing("workflow disable", "name", suggested("Spare", administrator=True), "spare"),
    Typing("workflow enable", "name", everybody(NOTHING, direct=HIDDEN), "spare"),
    Typing("workflow remove", "name", suggested("Spare", administrator=True), "spare"),
    Typing("workflow export", "name", suggested("Spare", administrator=True), "spare"),
    Typing("moderate cancel", "job", suggested("suggested"), "suggested"),
    Typing("moderate front", "job", suggested("suggested"), "suggested"),
    Typing("moderate channels set", "workflows", suggested("Painting", neighbour="Painting"), "paint"),
    Typing("moderate words remove", "rule", suggested("unicorn"), "unicorn"),
    Typing("moderate log", "act", everybody("Queue paused", direct=HIDDEN), "paused"),
    Typing("style edit", "name", suggested("Fancy")),
    Typing("style remove", "name", suggested("Fancy")),
)
