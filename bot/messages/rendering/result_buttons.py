"""The buttons under the message of a job that is over. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.ledger import Job
from bot.translation import N_, _
from bot.workflows import Continuations, kind_of

AGAIN_ID: Final = "darkroom:again:{job_id}"
RETRY_ID: Final = "darkroom:retry:{job_id}"
EDIT_ID: Final = "darkroom:edit:{job_id}"
VARY_ID: Final = "darkroom:vary:{job_id}"
PART_ID: Final = "darkroom:part:{job_id}"
UPSCALE_ID: Final = "darkroom:upscale:{job_id}"
RECIPE_ID: Final = "darkroom:recipe:{job_id}"
DELETE_ID: Final = "darkroom:delete:{job_id}"
REPORT_ID: Final = "darkroom:report:{job_id}"
PUBLISH_ID: Final = "darkroom:publish:{job_id}"
WHY_ID: Final = "darkroom:why:{job_id}"
GRID_CANCEL_ID: Final = "darkroom:grid:cancel:{grid_id}"
GRID_CELL_ID: Final = "darkroom:grid:cell:{grid_id}"
GRID_DELETE_ID: Final = "darkroom:grid:delete:{grid_id}"


@dataclass(frozen=True, slots=True)
class Button:
    """A button whose custom_id contains the job's id."""

    label: str
    custom_id: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu above the buttons, from which one of the `options` (value, label) is chosen."""

    placeholder: str
    custom_id: str
    options: tuple[tuple[str, str], ...]


def result_buttons(job: Job, filenames: Iterable[str], offered: Continuations) -> tuple[Button, ...]:
    """The buttons for a finished job whose message has these files."""
    names = list(filenames)
    pictured = any(kind_of(name) == "image" for name in names)
    prompted = has_prompt(job)
    wanted = (
        (N_("Publish"), PUBLISH_ID, job.private and bool(job.guild_id)),
        (N_("Again"), AGAIN_ID, True),
        (N_("Vary"), VARY_ID, pictured and prompted and offered.vary is not None),
        (N_("Edit"), EDIT_ID, prompted),
        (N_("Change part"), PART_ID, pictured and offered.inpaint is not None),
        (N_("Upscale"), UPSCALE_ID, pictured and offered.upscale is not None),
        (N_("Recipe"), RECIPE_ID, True),
    )
    buttons = [Button(_(label), custom_id.format(job_id=job.id)) for label, custom_id, shown in wanted if shown]
    deleting = Button(_("Delete"), DELETE_ID.format(job_id=job.id), danger=True)
    # A private result is visible only to its owner, who need not report it. Direct messages have no moderators.
    reportable = bool(names) and job.guild_id is not None and not job.private
    reporting = (Button(_("Report"), REPORT_ID.format(job_id=job.id)),) if reportable else ()
    return (*buttons, deleting, *reporting)


def failed_buttons(job: Job, *, with_cause: bool) -> tuple[Button, ...]:
    """The buttons for a failed job: run it again, edit the prompt, and for moderators show the cause."""
    # No moderator can see a private reply to press the button, and direct messages have no moderators.
    asked_for = with_cause and job.guild_id is not None and not job.private
    wanted = (
        (N_("Retry"), RETRY_ID, True),
        (N_("Edit"), EDIT_ID, has_prompt(job)),
        (N_("Why?"), WHY_ID, asked_for),
    )
    return tuple(Button(_(label), custom_id.format(job_id=job.id)) for label, custom_id, shown in wanted if shown)


def cancelled_buttons(job: Job) -> tuple[Button, ...]:
    return (Button(_("Again"), AGAIN_ID.format(job_id=job.id)),)


def has_prompt(job: Job) -> bool:
    """Whether the job has a prompt that can be edited or reused."""
    return bool(job.values.get("prompt"))
