"""Who may use what, as a table: a row for each command, autocomplete, button, select and form of the bot, a column for
each kind of person, and in each cell a piece of what that person is told.

A row that is missing is found by `test_who_may_use_what.py`: it looks through the commands that are registered and the
handlers that answer presses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tests.discord_server.resolving import Value

Person = Literal["owner", "member", "blocked", "moderator", "administrator", "neighbour", "direct"]
PEOPLE: Final[tuple[Person, ...]] = (
    "owner", "member", "blocked", "moderator", "administrator", "neighbour", "direct",
)  # fmt: skip
"""`owner` has ordered the picture in question. `neighbour` is moderator and administrator, but of another guild, and
knows every id. `direct` is the owner, in direct messages.
"""

HIDDEN: Final = "hidden"
"""Discord does not offer it there."""
REFUSED: Final = "Only moderators"
NOT_ADMINISTRATOR: Final = "Manage Server"
IN_SERVERS: Final = "in a server only"
FORM: Final = "a form"
NOTHING: Final = "no choices"
STRANGE: Final = "no such"
BLOCKED: Final = "do not let you order"

Cells = Mapping[Person, str]


def everybody(told: str, **others: str) -> Cells:
    """The same for all, but for the `others` that are named."""
    assert others.keys() <= set(PEOPLE)
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
    """A slash command. In the options `{job_id}` is the id of the owner's picture, made for this cell; `{user}` and
    `{channel}` somebody and some channel to act on, `{owner}` the owner, `{picture}` and `{graph}` files.
    """

    name: str
    told: Cells
    options: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Typing:
    """An autocomplete. A cell is a piece of one of the choices."""

    name: str
    option: str
    told: Cells
    text: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A button, or a select where something is `picked`: pressed by everybody, whether he was ever shown it or not.

    `custom_id` is what its handler answers to: `{job_id}` is a picture of the owner, `{draft_id}` a draft of the
    administrator and `{doomed}` a workflow of his, each made for this cell.
    """

    custom_id: str
    told: Cells
    picked: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form: opened by somebody who may, by a press or a command, and sent off by everybody."""

    custom_id: str
    told: Cells
    opened_by: Press | Command
    opener: Person = "moderator"
    entries: Mapping[str, str] = field(default_factory=dict)


_HERE: Final = {"direct": IN_SERVERS}
_ELSEWHERE: Final = {"neighbour": STRANGE}
_OWN: Final = {"name": "spare"}
"""A workflow that belongs to the guild where all but the neighbour are."""

COMMANDS: Final = (
    Command("imagine", everybody("🕓", blocked=BLOCKED), {"prompt": "a fox"}),
    Command("negate", everybody("🕓", blocked=BLOCKED), {"image": "{picture}"}),
    Command("cancel", everybody("nothing", owner="🛑 Cancelled", direct="🛑 Cancelled"), {"job": "{job_id}"}),
    Command("workflows", everybody("Painting")),
    Command("workflow add", administrators("Brought"), {"file": "{graph}"}),
    Command("workflow test", administrators("🕓", **_ELSEWHERE), _OWN),
    Command("workflow disable", administrators("is disabled", **_ELSEWHERE), _OWN),
    Command("workflow enable", administrators("is enabled", **_ELSEWHERE), _OWN),
    Command("workflow remove", administrators("for good", **_ELSEWHERE), _OWN),
    Command("workflow export", administrators("as files", **_ELSEWHERE), _OWN),
    Command("moderate queue", moderators("The line of this server")),
    Command("moderate cancel", moderators("🛑 Cancelled", **_ELSEWHERE), {"job": "{job_id}", "reason": "because"}),
    Command("moderate cancel", moderators("🛑 Cancelled", neighbour="There is nothing"), {"user": "{owner}"}),
    Command("moderate cancel", moderators(FORM), {"all": True}),
    Command("moderate front", moderators("goes next", **_ELSEWHERE), {"job": "{job_id}"}),
    Command("moderate pause", moderators("⏸️"), {"reason": "lunch"}),
    Command("moderate resume", moderators("The line")),
    Command("moderate block", moderators("is blocked"), {"user": "{user}", "duration": "30m"}),
    Command("moderate unblock", moderators("<@"), {"user": "{user}"}),
    Command("moderate limits", moderators("Nothing is limited")),
    Command("moderate channels set", moderators("with previews"), {"channel": "{channel}", "previews": "yes"}),
    Command("moderate channels clear", moderators("Nothing is said"), {"channel": "{channel}"}),
    Command("moderate channels list", moderators("channel")),
    Command("moderate words add", moderators("looked through"), {"kind": "word", "text": "zebra", "action": "hold"}),
    Command("moderate words remove", moderators(STRANGE), {"rule": "999999"}),
    Command("moderate words list", moderators("")),
    Command("moderate audit", moderators("log is told in no channel")),
    Command("moderate approvals", moderators("no channel for approvals")),
    Command("moderate log", moderators("")),
)

TYPINGS: Final = (
    Typing("imagine", "workflow", everybody("Painting"), "paint"),
    Typing("imagine", "size", everybody("Square")),
    Typing("cancel", "job", everybody(NOTHING, owner="the owner's", direct="the owner's"), "the owner's"),
    Typing("workflow test", "name", suggested("Spare", administrator=True), "spare"),
    Typing("workflow disable", "name", suggested("Spare", administrator=True), "spare"),
    Typing("workflow enable", "name", everybody(NOTHING, direct=HIDDEN), "spare"),
    Typing("workflow remove", "name", suggested("Spare", administrator=True), "spare"),
    Typing("workflow export", "name", suggested("Spare", administrator=True), "spare"),
    Typing("moderate cancel", "job", suggested("the owner's"), "the owner's"),
    Typing("moderate front", "job", suggested("the owner's"), "the owner's"),
    Typing("moderate channels set", "workflows", suggested("Painting", neighbour="Painting"), "paint"),
    Typing("moderate words remove", "rule", suggested("unicorn"), "unicorn"),
)

_PAUSE: Final = Press("darkroom:panel:pause:{what}", moderators(FORM, **_HERE))
_CANCEL: Final = Press("darkroom:moderate:cancel:{job_id}", moderators(FORM, **_HERE))
_EDIT: Final = Press("darkroom:draft:edit:{draft_id}", administrators(FORM, neighbour="not here any more", **_HERE))
_JOB: Final = {**_HERE, **_ELSEWHERE}
_DRAFT: Final = {**_HERE, "neighbour": "not here any more"}

PRESSES: Final = (
    Press("darkroom:cancel:{job_id}", everybody("not yours", owner="🛑 Cancelled", direct="🛑 Cancelled")),
    Press("darkroom:workflows:{page}", everybody("Painting")),
    Press("darkroom:draft:live:{draft_id}", administrators("is live", **_DRAFT)),
    _EDIT,
    Press("darkroom:draft:try:{draft_id}", administrators("🕓", **_DRAFT)),
    Press("darkroom:draft:discard:{draft_id}", administrators("is discarded", **_DRAFT)),
    Press("darkroom:workflow:remove:{name}", administrators("is removed", **_JOB)),
    Press("darkroom:workflow:keep:{name}", everybody("Nothing is removed")),
    Press("darkroom:panel:pick:{what}", moderators("the owner's", neighbour="not in the line", **_HERE), "{job_id}"),
    _PAUSE,
    Press("darkroom:panel:resume:{what}", moderators("The line", **_HERE)),
    _CANCEL,
    Press("darkroom:moderate:front:{job_id}", moderators("goes next", **_JOB)),
    Press("darkroom:moderate:hold:{job_id}", moderators("is kept back", **_JOB)),
    Press("darkroom:moderate:release:{job_id}", moderators("Nobody keeps it back", **_JOB)),
    Press("darkroom:log:{asked}", moderators("", **_HERE)),
)

FORMS: Final = (
    Form("darkroom:draft:form:{draft_id}", administrators("Trial", **_DRAFT), _EDIT, opener="administrator"),
    Form("darkroom:moderate:why:{job_id}", moderators("🛑 Cancelled", **_JOB), _CANCEL, entries={"reason": "because"}),
    Form("darkroom:moderate:pausing:{sure}", moderators("⏸️", **_HERE), _PAUSE),
    Form(
        "darkroom:moderate:all:{sure}",
        moderators("🛑 Cancelled", neighbour="in this server", **_HERE),
        Command("moderate cancel", {}, {"all": True}),
    ),
)
