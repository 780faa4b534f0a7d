"""The demo's page: simcord's preview of the channel, kept up to date while the bot works on its own.

This module depends on the insides of simcord 3.2.1, which shows only snapshots and takes one only after a press.
"""

# ruff: noqa: SLF001

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, cast

from simcord.backend import Backend
from simcord.backend.errors import SetupError
from simcord.preview import Preview, _actions, _markdown
from simcord.preview._media import MediaInfo, MediaWorker, _process_media
from simcord.preview._pages import _Page

from tests.demo.menus import offer_menus
from tests.demo.world import World

_LAST_LINE: Final = re.compile(r"^(?:>.*\n(?!>)|- .*\n(?!- |\s))", re.MULTILINE)
"""The last line of a quote or of a list."""
_PUBLISH_SECONDS: Final = 0.25
"""The page looks for news twice a second."""


@contextlib.asynccontextmanager
async def page_of(world: World, port: int) -> AsyncIterator[Preview]:
    """A page on this port (0: any) that shows the channel as each member of the world sees it."""
    _accept_presses_between_snapshots()
    _end_quotes_and_lists_with_their_line()
    changed = asyncio.Event()
    _Attachments(world.env.backend)
    world.env.backend.subscribers.append(lambda *_: changed.set())
    world.wire.carried_out.append(changed.set)
    viewers = [world.alice, world.bob, world.carol, world.dave]
    page = world.env.preview(world.channel, viewers=viewers, layout="channel", port=port)
    # Embeds show images by address. Without this the page knows only the assets that it got when it was made.
    page._explicit_assets = _Stored(world.env.backend)
    offer_menus(page)
    _tell_the_time(page)
    async with page as preview:
        publishing = asyncio.create_task(_publish(preview, changed))
        try:
            yield preview
        finally:
            publishing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await publishing


def _accept_presses_between_snapshots() -> None:
    # simcord accepts a press only on the newest snapshot. A running job makes a new one every second, so presses
    # between a snapshot and the page's next look would be lost, and so would suggestions while somebody types.
    _actions.ACTION_SPECS = MappingProxyType(
        {kind: replace(spec, revision_bound=False) for kind, spec in _actions.ACTION_SPECS.items()}
    )


def _end_quotes_and_lists_with_their_line() -> None:
    # In Discord a quote or a list ends with its line. In CommonMark, which the page renders, it takes an empty line.
    expand = _markdown._discord_multiline_quotes
    _markdown._discord_multiline_quotes = lambda text: _LAST_LINE.sub(r"\g<0>\n", expand(text))


def _tell_the_time(preview: Preview) -> None:
    # “Began 2 seconds ago” is reckoned from a snapshot's time: after a press simcord would give it an older one's.
    publish = preview._publish

    def publish_now(page: _Page, *, reason: str = "action") -> None:
        preview._advance_presentation_time()
        publish(page, reason=cast("Any", reason))

    cast("Any", preview)._publish = publish_now


async def _publish(preview: Preview, changed: asyncio.Event) -> None:
    """Publish a snapshot on every page whenever a message changes."""
    preview._media_worker = _Decoder()
    while True:
        await changed.wait()
        changed.clear()
        for page in tuple(preview._pages.values()):
            if page.id in preview._pages:  # publishing closes pages that nobody is watching
                preview._publish(page, reason="refresh")
                await _decode_new_pictures(preview, page)
        await asyncio.sleep(_PUBLISH_SECONDS)


async def _decode_new_pictures(preview: Preview, page: _Page) -> None:
    """Decode new images before the page asks for them. In place of an image that isn't ready it shows nothing."""
    this_task = asyncio.current_task()
    assert this_task is not None
    for asset_id, asset in tuple(page.assets.items()):
        if not asset.validated and asset.contentType.startswith("image/"):
            try:
                await preview._prepare_asset(page.id, asset_id)
            except SetupError:
                pass  # the image was replaced meanwhile
            except asyncio.CancelledError:
                # simcord also raises this if the image is replaced while it is decoded. Then this task continues.
                if this_task.cancelling():
                    raise


class _Decoder(MediaWorker):
    """Decodes in a thread. simcord starts a process for each image, which is so slow that previews flicker."""

    async def _decode(self, key: str, blob: bytes, media_time: float | None) -> MediaInfo:  # noqa: ARG002 - simcord asks for it
        return await asyncio.to_thread(_process_media, blob, media_time)


class _Stored(dict[str, tuple[str, bytes]]):
    """The files of messages by address."""

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self._backend = backend

    def get(self, url: str, default: Any = None) -> Any:  # noqa: ANN401 - as dict has it
        content = self._backend.cdn.get(url)
        return default if content is None else (url.rpartition("/")[2], content)


class _Attachments:
    """Drops files that an edit removed from a message. simcord's own store would keep every preview forever."""

    def __init__(self, backend: Backend) -> None:
        self._files = backend.cdn._blobs
        self._urls: dict[str, set[str]] = {}
        backend.subscribers.append(self._hear)

    def _hear(self, event: str, payload: Mapping[str, Any]) -> None:
        if event not in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            return
        urls = {attachment["url"] for attachment in payload.get("attachments", ())}
        for url in self._urls.get(payload["id"], set()) - urls:
            self._files.pop(url, None)
        self._urls[payload["id"]] = urls
