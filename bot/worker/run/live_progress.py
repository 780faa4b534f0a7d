"""Turns a run's events into what its message shows."""

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
    SocketImages,
    TimeLeft,
    Waking,
    measured,
)
from bot.errors import BindError
from bot.messages import (
    Attachment,
    Draft,
    JobMessage,
    Rendered,
    render_ready,
    render_running,
    render_unreachable,
    render_waking,
)
from bot.translation import _
from bot.worker.files.downloads import Downloads
from bot.worker.files.image_policy import PicturePolicy
from bot.worker.placement.slot import Slot
from bot.worker.run.drafts import Drafts, Packing
from bot.worker.run.progress_news import ShownProgress, newest
from bot.workflows import Graph, OutputFile, Pack, bind, output_files

_MOST_GUESSED: Final = 0.95
"""Largest fraction that is guessed from the time. Only the server knows when a run is over."""


class LiveProgress:
    """Follows one run: tracks its progress, begins downloads, and has its message redrawn.

    `sent` takes the images of nodes that send them over the socket. `policy` says what members may see before the end.
    `packed` turns files into attachments. `times` remembers how long the workflow's nodes take on this server.
    `reports`: the server says how far it is.
    """

    def __init__(
        self,
        slot: Slot,
        pack: Pack,
        message: JobMessage,
        *,
        downloads: Downloads,
        policy: PicturePolicy,
        packed: Packing,
        times: NodeTimes,
        reports: bool,
    ) -> None:
        job = slot.job
        self.sent: SocketImages | None = None
        self._slot = slot
        self._job = replace(job, losses=0)
        """Before it is known that the server lost the prompt, the message does not say that it starts over."""
        self._pack = pack
        self._message = message
        self._downloads = downloads
        self._policy = policy
        self._drafts = Drafts(pack, downloads, packed, self.show)
        self._times = times
        self._reports = reports
        self._kind = (job.server, job.workflow, job.size_class)
        self._progress = Progress(_graph_of(pack, job.values), times.of(self._kind))
        self._time_left = TimeLeft(self._progress)
        self._shown: ShownProgress | None = None
        """What the message shows of the run, or is about to; None if it shows something else."""
        self._unreachable = False
        self._waking: Waking | None = None
        self._preview: Attachment | None = None
        self._clock = asyncio.get_running_loop().time
        slot.estimate = self._seconds_left
        slot.moved = self.show

    @property
    def seconds(self) -> float | None:
        """How many seconds the server has worked on the job; None if nobody saw it begin."""
        return None if self._slot.begun_at is None else self._clock() - self._slot.begun_at

    def listen(self, event: Event) -> None:
        """Handle one event. Called by the task that reads the socket, so it returns at once."""
        self._progress.apply(event, self._clock())
        received = self.sent.take(event) if self.sent is not None else None
        match event:
            case Waking():
                self._waking = event
            case ExecutionStart():
                self._slot.begin(self._clock())
            case Preview() if received is not None:
                self._downloads.receive(*received)
                self._drafts.ready(received[0].node_id, received[:1])
            case Preview(node_id=node_id) if self.sent is not None and node_id in self.sent.senders:
                pass  # the same image again
            case Preview(image_type=image_type, image=image):
                self._preview = Attachment(f"preview.{image_type.rsplit('/', 1)[-1]}", image, _("Preview"))
            case Executed(node_id=node_id, output=output):
                self._finished(node_id, output_files(node_id, output))
        self.show()

    def show(self) -> None:
        """Have the message redrawn."""
        self._message.show(self._render)

    def reached(self, *, answers: bool) -> None:
        """Set whether the server answers. While it refuses connections, the message promises nothing about it."""
        if self._unreachable is answers:
            self._unreachable = not answers
            self.show()

    def learn(self) -> None:
        """The run was followed from beginning to end and succeeded: remember how long its nodes took."""
        self._times.learn(self._kind, measured(self._progress.runs))

    def starts_over(self) -> None:
        """The server does not have the prompt. If it had it before, the message says so."""
        self._job = self._slot.job
        self.show()

    def close(self) -> None:
        """Show nothing more."""
        self._drafts.close()

    def _finished(self, node_id: str, files: tuple[OutputFile, ...]) -> None:
        wanted = [file for file in files if file.type == "output" or node_id in self._pack.outputs.stages]
        for file in wanted:
            self._downloads.begin(file)
        self._drafts.ready(node_id, wanted)

    def _render(self) -> Rendered:
        if self._unreachable:
            self._shown = None
            return render_unreachable(self._job, self._pack.title)
        if self._slot.begun_at is None and self._waking is not None:
            return render_waking(self._job, self._pack.title, self._waking.usual_seconds)
        if self._slot.begun_at is None:
            return render_ready(self._job, self._pack.title, self._slot.foreign_ahead)
        # Each preview is uploaded once, because an edit without files keeps the one in the message.
        newest_preview, self._preview = self._preview, None
        shown = self._policy.shown_meanwhile([newest_preview] if newest_preview is not None else [])
        progress = self._progress.snapshot(self._clock())
        if not progress.fraction:
            progress = replace(progress, fraction=self._fraction_by_the_clock())
        now = self._shown = newest(self._shown, ShownProgress(progress, self._seconds_left()))
        preview = next(iter(shown), None)
        return render_running(
            self._job, self._pack.title, now.snapshot, now.seconds_left, preview, self._draft(), reports=self._reports
        )

    def _fraction_by_the_clock(self) -> float:
        """For a run whose socket reports nothing: the fraction expected from the usual time, never quite the end."""
        begun_at, usual = self._slot.begun_at, self._slot.usual
        return 0.0 if begun_at is None or not usual else min(_MOST_GUESSED, (self._clock() - begun_at) / usual)

    def _draft(self) -> Draft | None:
        draft = self._drafts.take() if self._policy.previews else None
        if draft is None or draft.files is None:
            return draft
        return replace(draft, files=self._policy.shown_meanwhile(draft.files))

    def _seconds_left(self) -> float | None:
        begun_at = self._slot.begun_at
        return None if begun_at is None else self._time_left.seconds(self._clock(), begun_at, self._slot.usual)


def _graph_of(pack: Pack, values: Mapping[str, object]) -> Graph:
    """The graph with the member's values, such as the number of steps."""
    try:
        return bind(pack, values)
    except BindError:
        # The pack has changed since the request. Whether it still fits is reported elsewhere.
        return pack.graph
