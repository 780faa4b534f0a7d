"""Running a shipped pack as the worker does: sharpened by what the server has, bound, submitted, fetched."""

import asyncio
import io
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from PIL import Image, ImageChops, ImageStat

from bot.comfyui import ComfyUI, EventStream, Finished, PromptFollower
from bot.workflows import Graph, Pack, Picked, bind, complete, pick
from bot.workflows.library.library import Library
from tests.packs.shipped import known_to
from tests.waiting import until

DEADLINE = 120.0


class Bench:
    """One server with a library that knows it."""

    def __init__(self, server: ComfyUI, library: Library, stream: EventStream) -> None:
        self.server = server
        self.library = library
        self._stream = stream

    async def run(self, name: str, values: Mapping[str, object]) -> list[tuple[Picked, Image.Image]]:
        """The images that a member would get, the first one first."""
        assert self.library.available(name), self.library.lacking(name)
        pack: Pack = self.library.packs[name]
        graph = bind(pack, complete(pack, values), await self.server.object_info())
        finished = await self.finished(graph)
        picked = pick(pack, finished.files)
        return [(one, Image.open(io.BytesIO(await self.server.fetch(one.file)))) for one in picked]

    async def finished(self, graph: Graph) -> Finished:
        """How a graph ended that the server took as a whole."""
        prompt_id = str(uuid.uuid4())
        with PromptFollower(self.server, self._stream, prompt_id, lambda _: None) as follower:
            submitted = await self.server.submit(graph, prompt_id=prompt_id, client_id=self._stream.client_id)
            assert submitted.node_faults == ()
            async with asyncio.timeout(DEADLINE):
                finished = await follower.end()
        assert finished.error is None
        return finished

    async def upload(self, picture: Image.Image) -> str:
        """The name under which the server has it."""
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return await self.server.upload(buffer.getvalue(), f"{uuid.uuid4().hex}.png")


@asynccontextmanager
async def bench(url: str) -> AsyncIterator[Bench]:
    async with aiohttp.ClientSession() as session:
        server = ComfyUI(url, session)
        async with server.events(uuid.uuid4().hex) as stream:
            await until(stream.connected.is_set)
            yield Bench(server, known_to(await server.object_info()), stream)


def mean_difference(one: Image.Image, two: Image.Image) -> float:
    """How far two images are apart, in levels of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), two.convert("RGB"))).mean) / 3
