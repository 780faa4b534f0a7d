"""Links to the paint page, and what the page asks of the bot: the image, and the request that it sends."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Final

import discord

from bot.discord_internals import Reply
from bot.discord_ui.access.jobs import IMAGE_DELETED
from bot.discord_ui.access.requester import Requester
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.feature import Feature, Service
from bot.discord_ui.painting.member_now import requester_now
from bot.discord_ui.painting.signing import Claim, read_token, sign
from bot.discord_ui.requests.changed_part import MOST_BYTES, ChangedPart
from bot.discord_ui.requests.submission import submit_request
from bot.errors import LedgerAway, LimitReached, LinkUsed, PictureRefused
from bot.ledger import Job, Link, NewLink
from bot.messages import download, explain
from bot.paint_page import Refusal, Sent, Sheet
from bot.pictures.parts.regions import MOST_PART_PIXELS, Painted
from bot.spool import Box, Content, read, source_of
from bot.translation import N_, _, language_called, speaking, spoken
from bot.workflows import MAX_TEXT
from bot.workflows.library.inpainting import inpainting_in

log = logging.getLogger(__name__)

_FORGED: Final = N_("This link isn’t valid. Press **Change part** under the image again, then **Paint it**.")
_EXPIRED: Final = N_("This link has expired. Press **Change part** under the image again, then **Paint it**.")
_NO_WORKFLOW: Final = N_("No workflow here can change a part of an image right now. Try again later.")
_UNSENT: Final = N_("Discord didn’t accept the message, so nothing was requested. Press **Send** again in a moment.")


class PaintPage(Service):
    """Makes links and answers for them. It keeps nothing in memory but the key: any process can answer."""

    def __init__(self, bot: Darkroom) -> None:
        self._bot = bot
        self._key = ""

    async def link(
        self,
        requester: Requester,
        workflow: str,
        values: Mapping[str, object],
        image: str,
        source: Job,
        *,
        private: bool,
    ) -> str | None:
        """The address of the page for this member and this image (an address at Discord) of the job `source`; None if
        there is no page.

        What it sends runs `workflow` with these values and the page's prompt. The interaction behind the requester
        needs a reply by then.
        """
        public_url = self._bot.settings.public_url
        if not public_url:
            return None
        link = NewLink(
            id=secrets.token_urlsafe(16),
            user_id=requester.user.id,
            guild_id=requester.guild_id,
            channel_id=requester.channel_id,
            channel_visible=requester.channel_visible,
            application_id=requester.application_id,
            token=requester.token,
            upload_limit=requester.filesize_limit,
            private=private,
            spoiler=source.spoiler,
            workflow=workflow,
            values=values,
            image=image,
            source_id=source.id,
            language=spoken().code,
        )
        try:
            key = await self._signing_key()
            await self._bot.ledger.links.keep(link)
        except LedgerAway as fault:
            log.warning("no link to the paint page, because the database cannot be used: %s", fault)
            return None
        return f"{public_url}/paint/{sign(key, link)}"

    async def open(self, token: str) -> Sheet | Refusal:
        """What the page shows."""
        found = await self._found(token)
        if isinstance(found, Refusal):
            return found
        claim, link = found
        prompt = link.values.get("prompt")
        return Sheet(prompt if isinstance(prompt, str) else "", MAX_TEXT, claim.expires_at, link.language)

    async def image(self, token: str, box: Box) -> Content | Refusal:
        """The link's image as a PNG, exactly as the workflow will get it."""
        found = await self._found(token)
        if isinstance(found, Refusal):
            return found
        with _in_their_language(found[1]):
            return await self._image(found[1], box)

    async def _image(self, link: Link, box: Box) -> Content | Refusal:
        bot = self._bot
        if link.file_id is not None:
            # The database driver holds the whole row in memory, and an image can have many megabytes.
            async with bot.spool.heavy:
                kept = await bot.ledger.shelf.file(link.file_id)
                if kept is not None:
                    return await box.put(kept)
        try:
            image = await bot.conversions.clean(box, await download(link.image, MOST_BYTES, box), MOST_PART_PIXELS)
        except PictureRefused as fault:
            return Refusal(422, explain(fault))
        async with bot.spool.heavy:
            whole = await asyncio.to_thread(read, image)
            try:
                file_id = await bot.ledger.shelf.keep_file(whole, link.guild_id, bot.settings.caps.disk)
            except LimitReached as fault:
                return Refusal(422, explain(fault))
        await bot.ledger.links.shown(link.id, file_id)
        return image

    async def send(self, token: str, prompt: str, mask: Content) -> Sent | Refusal:
        """Submit the job, with every rule applied as it is now."""
        found = await self._found(token)
        if isinstance(found, Refusal):
            return found
        with _in_their_language(found[1]):
            return await self._send(found[1], prompt, mask)

    async def _send(self, link: Link, prompt: str, mask: Content) -> Sent | Refusal:
        bot = self._bot
        pack = next((one for one in bot.library.visible(link.guild_id) if one.name == link.workflow), None)
        inpainting = None if pack is None else inpainting_in(pack)
        if pack is None or inpainting is None:
            return Refusal(409, _(_NO_WORKFLOW))
        answers = _FollowUps(bot, link)
        requester = await requester_now(bot, link, answers)
        if isinstance(requester, Refusal):
            return requester
        part = ChangedPart(Painted(source_of(mask)), inpainting, link.image)
        values = {name: value for name, value in link.values.items() if name != "prompt"}
        values |= {**part.values(), **({"prompt": prompt} if prompt.strip() else {})}
        try:
            await submit_request(requester, pack, values, private=link.private, spoiler=link.spoiler)
        except LinkUsed as fault:
            return Refusal(410, explain(fault), final=True)
        if answers.refused is not None:
            return Refusal(422, answers.refused)
        if answers.message_id is None:
            return Refusal(503, _(_UNSENT))
        # A private message has no address that leads to it.
        return Sent(_address(link) if link.private else f"{_address(link)}/{answers.message_id}")

    def box(self) -> Box:
        """Room for an image while it is being sent."""
        return self._bot.spool.box()

    async def _found(self, token: str) -> tuple[Claim, Link] | Refusal:
        """What the token says, and the stored link, if it still works."""
        claim = read_token(await self._signing_key(), token)
        if claim is None:
            return Refusal(404, _(_FORGED), final=True)
        if claim.expired:
            return Refusal(410, _(_EXPIRED), final=True)
        link = await self._bot.ledger.links.link(claim.link_id)
        if link is None or not claim.fits(link):
            return Refusal(404, _(_FORGED), final=True)
        if link.used:
            return Refusal(410, explain(LinkUsed()), final=True)
        return Refusal(410, _(IMAGE_DELETED), final=True) if await self._is_gone(link) else (claim, link)

    async def _is_gone(self, link: Link) -> bool:
        """Whether the link's image was deleted, or its requester has erased what they gave for it."""
        if link.source_id is None:
            return False
        source = await self._bot.ledger.job(link.source_id)
        return source is None or source.deleted_by is not None or source.erased_at is not None

    async def _signing_key(self) -> str:
        self._key = self._key or await self._bot.ledger.links.key()
        return self._key


class _FollowUps:
    """Answers a request from the page: the page shows refusals, and the job's message follows up on the interaction
    that the link came from.
    """

    def __init__(self, bot: Darkroom, link: Link) -> None:
        self._reply = Reply(bot, link.application_id, link.token)
        self.refused: str | None = None
        self.message_id: int | None = None

    async def refuse(self, text: str) -> None:
        self.refused = text

    async def wait(self, *, private: bool) -> None:
        """Nobody waits at Discord."""

    async def show(self, content: str, view: discord.ui.View, *, private: bool) -> int | None:
        self.message_id = await self._reply.follow_up(content, view, private=private)
        return self.message_id


def _in_their_language(link: Link) -> AbstractContextManager[None]:
    """Speak what the member reads on Discord, also in the message of the job. Where that is not known, the browser has
    said what they prefer.
    """
    return speaking(spoken() if link.language is None else language_called(link.language))


def _address(link: Link) -> str:
    """The channel's address at Discord."""
    return f"https://discord.com/channels/{link.guild_id or '@me'}/{link.channel_id}"


PAINTING: Final = Feature(services=(PaintPage,))
