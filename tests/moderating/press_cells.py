"""Who may use what: the rows of buttons, selects and forms of the table in `cells.py`."""

from typing import Final

from tests.moderating.cells import (
    BLOCKED,
    ELSEWHERE,
    FORM,
    HERE,
    LATE,
    NO_GRID,
    NOT_IN_QUEUE,
    NOT_REPORTABLE,
    NOT_THE_OPERATOR,
    NOT_YOURS,
    PART,
    STYLE,
    TAKEN,
    UNKNOWN,
    WHICH_PART,
    WHICH_WORKFLOW,
    Command,
    Form,
    Press,
    administrators,
    everybody,
    moderators,
)

_PAUSE: Final = Press("darkroom:panel:pause:{what}", moderators(FORM, **HERE))
_CANCEL: Final = Press("darkroom:moderate:cancel:{job_id}", moderators(FORM, **HERE))
_EDIT: Final = Press("darkroom:draft:edit:{draft_id}", administrators(FORM, neighbour="no longer exists", **HERE))
_JOB: Final = {**HERE, **ELSEWHERE}
_QUEUED: Final = {**HERE, "neighbour": NOT_IN_QUEUE}
_UNDECIDABLE: Final = {**HERE, "neighbour": "nothing left to decide"}
_DRAFT: Final = {**HERE, "neighbour": "no longer exists"}

_CANCELS: Final = everybody("🛑 Cancelled", member=NOT_YOURS, blocked=NOT_YOURS, neighbour=NOT_YOURS)
_SEEN_BY_MODERATORS: Final = {"owner": FORM, "moderator": FORM, "administrator": FORM}
_STRANGERS: Final = {"neighbour": UNKNOWN, "direct": UNKNOWN}
_ORDERS: Final = everybody(TAKEN, blocked=BLOCKED, **_STRANGERS)
_ALONE: Final = everybody(UNKNOWN, owner=TAKEN)
"""A private image belongs to its owner: not even moderators continue from it."""
_HELD_BACK: Final = everybody(UNKNOWN, owner="✋", moderator="✋", administrator="✋")
"""What a rule holds is held again, whichever way it is ordered."""
_KEYED: Final = {"owner": FORM, "direct": FORM}
_WORDS: Final = Press("darkroom:edit:{job_id}", everybody(FORM, **_STRANGERS))
_PICKED: Final = Press("darkroom:input:workflow:{key}", everybody(LATE, **_KEYED), "restyle")
_REJECT: Final = Press("darkroom:reject-prompt:{job_id}", moderators(FORM, **_UNDECIDABLE), of="hidden")
_FAILED: Final = {**HERE, "neighbour": UNKNOWN}
_REPORTED: Final = {**HERE, "neighbour": "I no longer have the request"}
_DECIDED: Final = moderators("already been decided", **_UNDECIDABLE)
"""Nobody has to look at its images: what is pressed about them decides nothing."""

PRESSES: Final = (
    Press("darkroom:cancel:{job_id}", _CANCELS),
    Press("darkroom:cancel:{job_id}", _CANCELS, of="private"),
    Press(
        "darkroom:cancel:{job_id}",
        dict(_CANCELS) | dict.fromkeys(("moderator", "administrator"), "🛑 Rejected"),
        of="hidden",
    ),
    Press("darkroom:again:{job_id}", _ORDERS),
    Press("darkroom:again:{job_id}", _ALONE, of="private"),
    Press("darkroom:again:{job_id}", _HELD_BACK, of="hidden"),
    Press("darkroom:retry:{job_id}", _ORDERS),
    Press("darkroom:retry:{job_id}", _ALONE, of="private"),
    Press("darkroom:retry:{job_id}", _HELD_BACK, of="hidden"),
    Press("darkroom:vary:{job_id}", _ORDERS),
    Press("darkroom:vary:{job_id}", _ALONE, of="private"),
    Press("darkroom:vary:{job_id}", _HELD_BACK, of="hidden"),
    Press("darkroom:upscale:{job_id}", _ORDERS),
    Press("darkroom:upscale:{job_id}", _ALONE, of="private"),
    Press("darkroom:pick:{way}:{job_id}:{number}", _ORDERS),
    Press("darkroom:pick:{way}:{job_id}:{number}", _ALONE, of="private"),
    _WORDS,
    Press("darkroom:edit:{job_id}", everybody(UNKNOWN, owner=FORM), of="private"),
    Press("darkroom:edit:{job_id}", everybody(UNKNOWN, **_SEEN_BY_MODERATORS), of="hidden"),
    Press("darkroom:recipe:{job_id}", everybody("the owner's", **_STRANGERS)),
    Press("darkroom:recipe:{job_id}", everybody(UNKNOWN, owner="the owner's"), of="private"),
    Press("darkroom:publish:{job_id}", everybody("already", **_STRANGERS)),
    Press("darkroom:publish:{job_id}", everybody(UNKNOWN, owner="isn’t done"), of="private"),
    Press("darkroom:delete:{job_id}", everybody("for everyone?", member=NOT_YOURS, blocked=NOT_YOURS, **_STRANGERS)),
    Press("darkroom:delete:{job_id}", everybody(UNKNOWN, owner="for everyone?"), of="private"),
    Press("darkroom:delete:sure:{job_id}:{key}", everybody("🗑️", member=NOT_YOURS, blocked=NOT_YOURS, **_STRANGERS)),
    Press("darkroom:delete:sure:{job_id}:{key}", everybody(UNKNOWN, owner="🗑️"), of="private"),
    Press("darkroom:delete:keep:{job_id}", everybody("Kept")),
    Press("darkroom:queue:{again}", everybody("**Queue**")),
    Press("darkroom:history:{page}", everybody("no images here yet")),
    Press("darkroom:bring:{which}", everybody("no longer available", owner="the owner's"), "{job_id}"),
    Press("darkroom:bring:{which}", everybody("no longer available", owner="the owner's"), "{job_id}", of="private"),
    Press("darkroom:reuse:open:{key}", everybody(LATE)),
    Press("darkroom:input:picture:{key}", everybody(LATE, owner=WHICH_WORKFLOW, direct=WHICH_WORKFLOW), "1"),
    _PICKED,
    Press("darkroom:input:workflow:{key}", everybody(TAKEN, blocked=BLOCKED), "negate", asked=True),
    Press("darkroom:approve-prompt:{job_id}", moderators(TAKEN, **_UNDECIDABLE), of="hidden"),
    _REJECT,
    Press("darkroom:approve-picture:{job_id}", _DECIDED, of="hidden"),
    Press("darkroom:reject-picture:{job_id}", _DECIDED, of="hidden"),
    Press("darkroom:report:{job_id}", everybody("🚩", neighbour=NOT_REPORTABLE, direct=NOT_REPORTABLE)),
    Press("darkroom:report:{job_id}", everybody(NOT_REPORTABLE), of="private"),
    Press("darkroom:report-delete:{job_id}", moderators("🗑️ Deleted", **_REPORTED)),
    Press("darkroom:report-dismiss:{job_id}", moderators("✅ Dismissed", **_REPORTED)),
    Press("darkroom:workflows:{page}", everybody("Painting")),
    Press("darkroom:draft:live:{draft_id}", administrators("is live", **_DRAFT)),
    _EDIT,
    Press("darkroom:draft:try:{draft_id}", administrators("🕓", **_DRAFT)),
    Press("darkroom:draft:discard:{draft_id}", administrators("Discarded the draft", **_DRAFT)),
    Press("darkroom:workflow:remove:{name}", administrators("🗑️ Removed", **_JOB)),
    Press("darkroom:workflow:keep:{name}", everybody("Nothing was removed")),
    Press("darkroom:panel:pick:{what}", moderators("the owner's", neighbour="isn’t in the queue", **HERE), "{job_id}"),
    _PAUSE,
    Press("darkroom:panel:resume:{what}", moderators("The queue", **HERE)),
    _CANCEL,
    Press("darkroom:moderate:front:{job_id}", moderators("to the front", **_QUEUED)),
    Press("darkroom:moderate:hold:{job_id}", moderators("on hold", **_QUEUED)),
    Press("darkroom:moderate:release:{job_id}", moderators("isn’t on hold", **_QUEUED)),
    Press("darkroom:log:{asked}", moderators("", **HERE)),
    Press("darkroom:log:{asked}:{since}", moderators("", **HERE)),
    Press("darkroom:why:{job_id}", moderators("hasn’t failed", **_FAILED)),
    Press("darkroom:why:{job_id}", moderators(UNKNOWN, **_FAILED), of="private"),
    Press("darkroom:why:{job_id}", moderators("hasn’t failed", **_FAILED), of="hidden"),
    Press("darkroom:words:open:{key}", everybody(LATE)),
    Press("darkroom:grid:start:{key}", everybody("/grid")),
    Press("darkroom:grid:drop:{key}", everybody("Nothing was started")),
    Press("darkroom:grid:cancel:{grid_id}", everybody(NO_GRID)),
    Press("darkroom:grid:delete:{grid_id}", everybody(NO_GRID)),
    Press("darkroom:grid:sure:{grid_id}", everybody(NO_GRID)),
    Press("darkroom:grid:cell:{grid_id}", everybody(NO_GRID), "nothing"),
    Press("darkroom:part:{job_id}", everybody(PART, **_STRANGERS)),
    Press("darkroom:part:{job_id}", everybody(UNKNOWN, owner=PART), of="private"),
    Press("darkroom:part:image:{seen}:{job_id}:{number}", everybody(WHICH_PART, **_STRANGERS)),
    Press("darkroom:part:image:{seen}:{job_id}:{number}", everybody(UNKNOWN, owner=WHICH_PART), of="private"),
    Press("darkroom:part:cells:{seen}:{job_id}", everybody(WHICH_PART), "1"),
    Press("darkroom:part:open:{seen}:{job_id}:{region}", everybody(WHICH_PART, **_STRANGERS)),
    Press("darkroom:part:open:{seen}:{job_id}:{region}", everybody(UNKNOWN, owner=WHICH_PART), of="private"),
    Press("darkroom:settings:open:{form}", everybody(FORM)),
    Press("darkroom:settings:reset", everybody("defaults")),
    Press("darkroom:style:page:{page}", moderators("**Fancy**", neighbour="no styles yet", **HERE)),
    Press("darkroom:style:fix:{key}", everybody(LATE)),
    Press("darkroom:style:import:{key}", everybody(LATE)),
    Press("darkroom:operator:page:{page}", everybody(NOT_THE_OPERATOR)),
    Press("darkroom:operator:leave:{guild}", everybody(NOT_THE_OPERATOR)),
    Press("darkroom:operator:stay", everybody(NOT_THE_OPERATOR)),
    Press("darkroom:privacy:export", everybody("Your data")),
    Press("darkroom:privacy:erase", everybody("This can’t be undone")),
    Press("darkroom:privacy:keep", everybody("Kept")),
    Press("darkroom:privacy:sure:{what}", everybody("Erased")),
)

_FOX: Final = {"prompt": "a fox"}

FORMS: Final = (
    Form("darkroom:settings:save:{form}", everybody("defaults"), Press("darkroom:settings:open:{form}", {})),
    Form("darkroom:part:form:{seen}:{job_id}:{region}", everybody(WHICH_PART, **_STRANGERS), _WORDS, opener="owner"),
    Form("darkroom:part:again:{key}", everybody(WHICH_PART), Command("style edit", {}, STYLE), entries={"text": "x"}),
    Form("darkroom:style:form:{key}", everybody(LATE), Command("style edit", {}, STYLE), entries={"text": "x"}),
    Form("darkroom:words:{job_id}", _ORDERS, _WORDS, opener="owner", entries=_FOX),
    Form("darkroom:words:{job_id}", _ALONE, _WORDS, opener="owner", entries=_FOX, of="private"),
    Form("darkroom:reuse:{job_id}", everybody(TAKEN, blocked=BLOCKED), _WORDS, opener="owner", entries=_FOX),
    Form(
        "darkroom:reuse:{job_id}",
        everybody(TAKEN, blocked=BLOCKED),
        _WORDS,
        opener="owner",
        entries=_FOX,
        of="private",
    ),
    Form(
        "darkroom:input:words:{key}",
        # The key of the question, not that of a form: it says no workflow.
        everybody(LATE, owner="isn’t available any more", direct="isn’t available any more"),
        _PICKED,
        opener="owner",
        entries=_FOX,
    ),
    Form(
        "darkroom:reject-form-prompt:{job_id}",
        moderators("🛑", **_UNDECIDABLE),
        _REJECT,
        of="hidden",
    ),
    Form("darkroom:reject-form-picture:{job_id}", _DECIDED, _REJECT, of="hidden"),
    Form("darkroom:draft:form:{draft_id}", administrators("Trial", **_DRAFT), _EDIT, opener="administrator"),
    Form(
        "darkroom:moderate:why:{job_id}", moderators("🛑 Cancelled", **_QUEUED), _CANCEL, entries={"reason": "because"}
    ),
    Form("darkroom:moderate:pausing:{sure}", moderators("⏸️", **HERE), _PAUSE),
    Form(
        "darkroom:moderate:all:{sure}",
        moderators("🛑 Cancelled", neighbour="in this server", **HERE),
        Command("moderate cancel", {}, {"all": True}),
    ),
)
