"""The files that a message shows: attached to it, or inside an embed or a component, where other bots put theirs."""

from collections.abc import Iterable, Iterator
from typing import Final, Protocol
from urllib.parse import unquote

import discord
from discord.components import Container, FileComponent, MediaGalleryComponent, SectionComponent, ThumbnailComponent

from bot.discord_ui.requests.attachments import Given, ImageAt

_CDN: Final = "https://cdn.discordapp.com/"


class _Media(Protocol):
    """Of an embed or of a component."""

    @property
    def url(self) -> str | None: ...
    @property
    def proxy_url(self) -> str | None: ...


def shown_files(message: discord.Message) -> list[Given]:
    """The attachments of a message and of the message that it forwards. Where neither has any, the images and files
    that their embeds and components show: Discord doesn't list those among the attachments.
    """
    parts: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    attached: list[Given] = [one for part in parts for one in part.attachments]
    return attached or [one for part in parts for one in (*_of_embeds(part.embeds), *_of_components(part.components))]


def _of_embeds(embeds: Iterable[discord.Embed]) -> Iterator[ImageAt]:
    for embed in embeds:
        # Of a link to an image, Discord shows the image as the thumbnail.
        media = embed.image if embed.image.url else embed.thumbnail
        if url := _discords_own(media):
            yield ImageAt(url, _filename(url), "image/*")


def _of_components(components: Iterable[object]) -> Iterator[ImageAt]:
    for media in _media_of(components):
        if url := _discords_own(media):
            yield ImageAt(url, _filename(url), media.content_type)


def _media_of(components: Iterable[object]) -> Iterator[discord.UnfurledMediaItem]:
    for one in components:
        match one:
            case Container():
                yield from _media_of(one.children)
            case SectionComponent():
                yield from _media_of([one.accessory])
            case MediaGalleryComponent():
                yield from (item.media for item in one.items)
            case FileComponent() | ThumbnailComponent():
                yield one.media


def _discords_own(media: _Media) -> str | None:
    """The author of the message chose its `url`, and this machine must not fetch just any address. Discord itself adds
    the `proxy_url`, which is a copy on its own servers.
    """
    return media.url if media.url and media.url.startswith(_CDN) else media.proxy_url


def _filename(url: str) -> str:
    return unquote(url.partition("?")[0].rpartition("/")[2]) or "image"
