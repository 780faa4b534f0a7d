"""A run's events -> what its message shows meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from bot.comfyui import Event, Executed, ExecutionStart, Preview, Progress, SocketPictures, Tick
from bot.messages import Attachment, Draft, JobMessage, Rendered, render_ready, render_running
from bot.worker.collecting import Collecting
from bot.worker.drafts import Drafts, Packing
from bot.worker.picture_policy import PicturePolicy
from bot.worker.slot import Slot
from bot.workflows import OutputFile, Pack, output_files

_GUESS_AFTER_SECONDS: Final = 2.0
_GUESS_AFTER_FRACTION: Final = 0.05
_UNTOLD: Final = 0.95
"""Nobody knows that a run is over before its server says so."""


class Watching:
    """Listens to one run: keeps its progress, begins downloads, asks for its message to be redrawn.

    `sent` takes the pictures of nodes that send them over the socket; `policy` says what members see meanwhile;
    `packed` makes attachments of files.
    """

    def __init__(
        self,
        slot: Slot,
        pack: Pack,
        message: JobMessage,
        collecting: Collecting,
        policy: PicturePolicy,
        packed: Packing,
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
        self._progress = Progress(pack.graph)
        self._preview: Attachment | None = None
        self._clock = asyncio.get_running_loop().time
        slot.estimate = self._seconds_left
        self._ticking: tuple[float, float] | None = None
        """When the first step was done, and with which fraction: what comes before it says nothing of the pace."""

    @property
    def seconds(self) -> float | None:
        """How long the server has worked on it; None where nobody saw it begin."""
        return None if self._slot.begun_at is None else self._clock() - self._slot.begun_at

    def listen(self, event: Event) -> None:
        """Take in one event. Called from the task that drains the socket: returns at once."""
        snapshot = self._progress.apply(event)
        received = self.sent.take(event) if self.sent is not None else None
        match event:
            case ExecutionStart():
                self._slot.begin(self._clock())
            case Tick() if self._ticking is None:
                self._ticking = (self._clock(), snapshot.fraction)
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
        if self._slot.begun_at is None:
            return render_ready(self._job, self._pack.title)
        # Each preview goes up once: an edit without files leaves the one that is there.
        preview, self._preview = self._preview, None
        shown = self._policy.shown_meanwhile([preview] if preview is not None else [])
        progress, left = self._progress.snapshot(), self._seconds_left()
        if not progress.fraction:
            progress = replace(progress, fraction=self._fraction_by_the_clock())
        return render_running(self._job, self._pack.title, progress, left, next(iter(shown), None), self._draft())

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
        if self._ticking is None:
            return None
        began_at, began_with = self._ticking
        elapsed, done = self._clock() - began_at, self._progress.snapshot().fraction
        if elapsed < _GUESS_AFTER_SECONDS or done - began_with < _GUESS_AFTER_FRACTION:
            return None
        return elapsed / (done - began_with) * (1.0 - done)
