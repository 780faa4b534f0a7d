"""A run's events -> what its message shows meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.comfyui import (
    Event,
    Executed,
    ExecutionStart,
    NodeTimes,
    Preview,
    Progress,
    SocketPictures,
    TimeLeft,
    measured,
)
from bot.errors import BindError
from bot.messages import Attachment, Draft, JobMessage, Rendered, render_ready, render_running, render_unreachable
from bot.worker.files.downloads import Collecting
from bot.worker.files.image_policy import PicturePolicy
from bot.worker.placement.slot import Slot
from bot.worker.run.drafts import Drafts, Packing
from bot.worker.run.progress_news import Running, newest
from bot.workflows import Graph, OutputFile, Pack, bind, output_files

_UNTOLD: Final = 0.95
"""Nobody knows that a run is over before its server says so."""


class Watching:
    """Listens to one run: keeps its progress, begins downloads, asks for its message to be redrawn.

    `sent` takes the pictures of nodes that send them over the socket; `policy` says what members see meanwhile;
    `packed` makes attachments of files; `times` remembers what the workflow's nodes take on this server.
    """

    def __init__(
        self,
        slot: Slot,
        pack: Pack,
        message: JobMessage,
        *,
        collecting: Collecting,
        policy: PicturePolicy,
        packed: Packing,
        times: NodeTimes,
    ) -> None:
        job = slot.job
        self.sent: SocketPictures | None = None
        self._slot = slot
        self._job = job
        self._pack = pack
        self._message = message
        self._collecting = collecting
        self._policy = policy
        self._drafts = Drafts(pack, collecting, packed, self.show)
        self._times = times
        self._kind = (job.server, job.workflow, job.size_class)
        self._progress = Progress(_graph_of(pack, job.values), times.of(self._kind))
        self._time_left = TimeLeft(self._progress)
        self._told: Running | None = None
        """What the message says of the run, or is about to; None where it says something else."""
        self._unreachable = False
        self._preview: Attachment | None = None
        self._clock = asyncio.get_running_loop().time
        slot.estimate = self._seconds_left

    @property
    def seconds(self) -> float | None:
        """How long the server has worked on it; None where nobody saw it begin."""
        return None if self._slot.begun_at is None else self._clock() - self._slot.begun_at

    def listen(self, event: Event) -> None:
        """Take in one event. Called from the task that drains the socket: returns at once."""
        self._progress.apply(event, self._clock())
        received = self.sent.take(event) if self.sent is not None else None
        match event:
            case ExecutionStart():
                self._slot.begin(self._clock())
            case Preview() if received is not None:
                self._collecting.receive(*received)
                self._drafts.ready(received[0].node_id, received[:1])
            case Preview(node_id=node_id) if self.sent is not None and node_id in self.sent.senders:
                pass  # the same picture once more
            case Preview(image_type=image_type, image=image):
                self._preview = Attachment(f"preview.{image_type.rsplit('/', 1)[-1]}", image, "Preview")
            case Executed(node_id=node_id, output=output):
                self._finished(node_id, output_files(node_id, output))
        self.show()

    def show(self) -> None:
        """Have the message redrawn."""
        self._message.show(self._render)

    def reached(self, *, answers: bool) -> None:
        """Take in whether the server answers. While it refuses connections, nothing is promised of it."""
        if self._unreachable is answers:
            self._unreachable = not answers
            self.show()

    def learn(self) -> None:
        """The run was heard of from its beginning to its end, which was a good one: remember what its nodes took."""
        self._times.learn(self._kind, measured(self._progress.runs))

    def reattached(self) -> None:
        """The server had the prompt all the time: nothing starts over, whatever was thought of that server."""
        self._job = replace(self._job, losses=0)

    def close(self) -> None:
        """Nothing more will be shown."""
        self._drafts.close()

    def _finished(self, node_id: str, files: tuple[OutputFile, ...]) -> None:
        wanted = [file for file in files if file.type == "output" or node_id in self._pack.outputs.stages]
        for file in wanted:
            self._collecting.begin(file)
        self._drafts.ready(node_id, wanted)

    def _render(self) -> Rendered:
        if self._unreachable:
            self._told = None
            return render_unreachable(self._job, self._pack.title)
        if self._slot.begun_at is None:
            return render_ready(self._job, self._pack.title)
        # Each preview goes up once: an edit without files leaves the one that is there.
        newest_preview, self._preview = self._preview, None
        shown = self._policy.shown_meanwhile([newest_preview] if newest_preview is not None else [])
        progress = self._progress.snapshot(self._clock())
        if not progress.fraction:
            progress = replace(progress, fraction=self._fraction_by_the_clock())
        told = self._told = newest(self._told, Running(progress, self._seconds_left()))
        preview = next(iter(shown), None)
        return render_running(self._job, self._pack.title, told.snapshot, told.seconds_left, preview, self._draft())

    def _fraction_by_the_clock(self) -> float:
        """For a run whose socket tells nothing: how far it should be by what such runs take here, short of its end."""
        begun_at, usual = self._slot.begun_at, self._slot.usual
        return 0.0 if begun_at is None or not usual else min(_UNTOLD, (self._clock() - begun_at) / usual)

    def _draft(self) -> Draft | None:
        draft = self._drafts.take() if self._policy.previews else None
        if draft is None or draft.files is None:
            return draft
        return replace(draft, files=self._policy.shown_meanwhile(draft.files))

    def _seconds_left(self) -> float | None:
        begun_at = self._slot.begun_at
        return None if begun_at is None else self._time_left.seconds(self._clock(), begun_at, self._slot.usual)


def _graph_of(pack: Pack, values: Mapping[str, object]) -> Graph:
    """The graph with the steps that its member asked for."""
    try:
        return bind(pack, values)
    except BindError:
        # The pack has changed since the order: whether it still fits is said elsewhere.
        return pack.graph
