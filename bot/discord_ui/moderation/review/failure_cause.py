"""The button "Why?" under a failed job: what its ComfyUI server said in full, for moderators only."""

from collections.abc import Mapping
from typing import Final

import discord

from bot.discord_times import shown_time
from bot.discord_ui.access.jobs import job_here
from bot.discord_ui.access.permissions import moderated_guild, operates
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import Job, JobState
from bot.messages import discord_file
from bot.translation import N_, _

_NOT_FAILED: Final = N_("This job hasn’t failed.")
_NO_CAUSE: Final = N_("There are no further details about this failure.")
_CAUSE: Final = N_("Why this failed:\n```\n{cause}\n```")
_LOGGED: Final = N_("For the people who run this bot: look for job `{job_id}` in its log, {when}")
_DESCRIPTION: Final = N_("What the image server said about the failure, in full")
_SHORT_ID: Final = 8
_NAME_SHOWN: Final = 100
"""Characters of a node's and an exception's name, which come from the server."""


async def press_why(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Show the cause to this moderator privately."""
    if await moderated_guild(interaction) is None:
        return
    job = await job_here(interaction, job_id)
    if job is None:
        return
    if job.state is not JobState.FAILED:
        await tell(interaction, _(_NOT_FAILED))
    elif not job.cause:
        await tell(interaction, _(_NO_CAUSE))
    else:
        failure = await interaction.client.ledger.failure(job.id)
        # Nothing in a code block acts as Markdown, a mention or a link: the cause must not end the block.
        said = [_(_CAUSE).format(cause=job.cause.replace("``", "`\N{ZERO WIDTH SPACE}`"))]
        said += [f"-# {one}" for one in (*_facts(job, failure), await _server(interaction, job), _moments(job)) if one]
        said.append(f"-# {_(_LOGGED).format(job_id=job.id, when=shown_time(_ended(job), 'f'))}")
        await tell(interaction, "\n".join(said), file=_whole(job, failure))


def _facts(job: Job, failure: Mapping[str, str]) -> list[str]:
    """The node, the exception and the prompt."""
    shown = [(_("Node"), failure.get("node")), (_("Exception"), failure.get("exception"))]
    # An id that differs from the job's: the job was stopped for somebody else, and ran again.
    shown.append((_("Prompt id"), None if job.prompt_id == job.id else job.prompt_id))
    said = [f"{label}: `{value.replace('`', '')[:_NAME_SHOWN]}`" for label, value in shown if value]
    return [" · ".join(said)] if said else []


async def _server(interaction: discord.Interaction[Darkroom], job: Job) -> str:
    """The server by its number, as in the panel. Its address is for the people who run the bot."""
    if job.server is None:
        return ""
    urls = sorted(one.url for one in await interaction.client.ledger.servers.known())
    if operates(interaction):
        return _("Server: `{address}`").format(address=job.server)
    return _("Server {number}").format(number=urls.index(job.server) + 1) if job.server in urls else ""


def _moments(job: Job) -> str:
    """When it was requested, began and failed."""
    moments = ((_("requested"), job.created_at), (_("began"), job.begun_at), (_("failed"), job.finished_at))
    return " · ".join(f"{label} {shown_time(at, 'T')}" for label, at in moments if at is not None)


def _ended(job: Job) -> float:
    return job.finished_at or job.created_at


def _whole(job: Job, failure: Mapping[str, str]) -> discord.File | None:
    """All lines that the server said, if they are more than the cause in the message."""
    message, traceback = failure.get("message", ""), failure.get("traceback", "")
    if not traceback and "\n" not in message:
        return None
    head = " ".join(filter(None, (failure.get("exception"), failure.get("node"))))
    text = "\n\n".join(filter(None, (head, message, traceback)))
    return discord_file(f"{text}\n".encode(), f"why-{job.id[:_SHORT_ID]}.txt", _(_DESCRIPTION))
