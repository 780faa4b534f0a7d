"""A page of `/history` as it is shown. Pure."""

from __future__ import annotations

from typing import Final

import discord

from bot.discord_ui.access.viewer import Titled
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.core.views import select_of, view_of
from bot.ledger import Job, Page
from bot.messages import link_to, shown_prompt, words_of

HISTORY_PAGE_ID: Final = "darkroom:history:{page}"
HISTORY_BRING_ID: Final = "darkroom:bring:{which}"

SIZE: Final = 5
"""Pictures a page: with what stands beside them they fit a phone."""
_NEWEST: Final = "newest"
_REFRESH: Final = "refresh"
_PROMPT: Final = 140
_MOST_DIGITS: Final = 18
"""Of a job's number: databases count in 64 bits."""

_NOTHING: Final = "You have no pictures here yet. `/imagine` makes the first."


def asked_page(page: str) -> tuple[int | None, int | None]:
    """From a button's custom_id, the number that the page is to be below, and the one that it is to be above."""
    way, _, digits = page.partition("-")
    readable = digits.isdecimal() and digits.isascii() and len(digits) <= _MOST_DIGITS
    number = int(digits) if readable else None
    return (number if way == "below" else None), (number if way == "above" else None)


def history_text(page: Page, title: Titled) -> str:
    """The pictures of a page, the newest first."""
    if not page.jobs:
        return _NOTHING
    return "\n".join(["**Your pictures here**", *(_entry(job, title) for job in page.jobs)])


def history_view(page: Page, title: Titled) -> discord.ui.View:
    """A select that brings one back, buttons to the pages before and after, and on the newest page one that shows what
    has been made since.
    """
    items: list[discord.ui.Item[discord.ui.View]] = []
    if page.jobs:
        options = [
            discord.SelectOption(
                label=short(words_of(job, title(job))) or job.id, value=job.id, description=_hint(job, title)
            )
            for job in page.jobs
        ]
        items.append(select_of(HISTORY_BRING_ID.format(which="back"), options, "Bring one back"))
    if page.newer or page.older:
        newer = f"above-{page.jobs[0].number}" if page.newer else _NEWEST
        older = f"below-{page.jobs[-1].number}" if page.older else "oldest"
        for label, where, enabled in (("◀ Newer", newer, page.newer), ("Older ▶", older, page.older)):
            custom_id = HISTORY_PAGE_ID.format(page=where)
            items.append(discord.ui.Button(label=label, custom_id=custom_id, disabled=not enabled))
    if page.jobs and not page.newer:
        items.append(discord.ui.Button(label="Refresh", custom_id=HISTORY_PAGE_ID.format(page=_REFRESH)))
    return view_of(*items)


def _entry(job: Job, title: Titled) -> str:
    facts = [shown_prompt(title(job), 60)]
    if "seed" in job.values:
        facts.append(f"seed `{job.values['seed']}`")
    facts.append(f"<t:{int(job.finished_at or job.created_at)}:R>")
    if link := link_to(job):
        facts.append(f"[message]({link})")
    return f"> {shown_prompt(words_of(job, title(job)), _PROMPT)}\n-# {' · '.join(facts)}"


def _hint(job: Job, title: Titled) -> str:
    seed = f" · seed {job.values['seed']}" if "seed" in job.values else ""
    return short(f"{title(job)}{seed}")
