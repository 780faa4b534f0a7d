"""A page of `/history`: its text and its buttons. Pure."""

from typing import Final

import discord

from bot.discord_times import shown_time
from bot.discord_ui.access.viewer import Titled
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.core.views import select_of, view_of
from bot.ledger import Job, Page
from bot.messages import link_to, shown_prompt, words_of
from bot.translation import N_, _

HISTORY_PAGE_ID: Final = "darkroom:history:{page}"
HISTORY_BRING_ID: Final = "darkroom:bring:{which}"

SIZE: Final = 5
"""Jobs on a page: with their buttons they fit the screen of a phone."""
_NEWEST: Final = "newest"
_REFRESH: Final = "refresh"
_PROMPT: Final = 140
"""The most characters of a prompt."""
_MOST_DIGITS: Final = 18
"""The most digits of a job's number that fit the 64 bits of a database's integer."""

_NOTHING: Final = N_("You have no images here yet. Make the first one with `/imagine`.")


def asked_page(page: str) -> tuple[int | None, int | None]:
    """Read the field of a button's custom_id: the job number that the page starts below, or the one it ends above."""
    way, _dash, digits = page.partition("-")
    readable = digits.isdecimal() and digits.isascii() and len(digits) <= _MOST_DIGITS
    number = int(digits) if readable else None
    return (number if way == "below" else None), (number if way == "above" else None)


def history_text(page: Page, title: Titled) -> str:
    """The jobs of a page, newest first."""
    if not page.jobs:
        return _(_NOTHING)
    return "\n".join([_("**Your images here**"), *(_entry(job, title) for job in page.jobs)])


def history_view(page: Page, title: Titled) -> discord.ui.View:
    """A select that brings one back, buttons to the neighbouring pages, and Refresh on the newest page."""
    items: list[discord.ui.Item[discord.ui.View]] = []
    if page.jobs:
        options = [
            discord.SelectOption(
                label=short(words_of(job, title(job))) or job.id, value=job.id, description=_hint(job, title)
            )
            for job in page.jobs
        ]
        items.append(select_of(HISTORY_BRING_ID.format(which="back"), options, _("Bring one back")))
    if page.newer or page.older:
        newer = f"above-{page.jobs[0].number}" if page.newer else _NEWEST
        older = f"below-{page.jobs[-1].number}" if page.older else "oldest"
        for label, where, enabled in ((_("◀ Newer"), newer, page.newer), (_("Older ▶"), older, page.older)):
            custom_id = HISTORY_PAGE_ID.format(page=where)
            items.append(discord.ui.Button(label=label, custom_id=custom_id, disabled=not enabled))
    if page.jobs and not page.newer:
        items.append(discord.ui.Button(label=_("Refresh"), custom_id=HISTORY_PAGE_ID.format(page=_REFRESH)))
    return view_of(*items)


def _entry(job: Job, title: Titled) -> str:
    facts = [shown_prompt(title(job), 60)]
    if "seed" in job.values:
        facts.append(_("seed {seed}").format(seed=f"`{job.values['seed']}`"))
    facts.append(shown_time(job.finished_at or job.created_at, "R"))
    if link := link_to(job):
        facts.append(f"[{_('message')}]({link})")
    return f"> {shown_prompt(words_of(job, title(job)), _PROMPT)}\n-# {' · '.join(facts)}"


def _hint(job: Job, title: Titled) -> str:
    if "seed" not in job.values:
        return short(title(job))
    return short(f"{title(job)} · {_('seed {seed}').format(seed=job.values['seed'])}")
