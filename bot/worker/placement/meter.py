"""What one claim of a job costs: by the server's own figure, or else by how long it took."""

import asyncio
from decimal import Decimal

from bot.comfyui import Finished, Server
from bot.errors import ComfyError, DarkroomError, Interrupted, Rejected, Untraceable
from bot.ledger import Bill
from bot.money import cost_of


class Meter:
    """`price` is for a second (None: nothing), `partner_price` for the partner nodes of one run, in millionths. Times
    are seconds by the event loop's clock.
    """

    def __init__(self, price: Decimal | None = None, partner_price: int | None = None) -> None:
        self._price = price
        self._partner_price = partner_price
        self._seconds: dict[str, float] = {}
        """The server's own figures, by prompt_id."""
        self._begun_at: float | None = None
        self._left_at: float | None = None
        self._is_paid = False
        self._is_unknown = False

    @property
    def runs(self) -> bool:
        """Whether anything here costs money."""
        return self._price is not None or bool(self._partner_price)

    def begun(self, now: float) -> None:
        """The server has begun to work on it."""
        self._begun_at = now

    def left(self) -> None:
        """The server has nothing more to do for it."""
        self._left_at = asyncio.get_running_loop().time()

    def ended(self, prompt_id: str, finished: Finished) -> None:
        """A prompt of the job is over, and this is what the server says about it."""
        if finished.seconds is not None:
            self._seconds[prompt_id] = finished.seconds + (finished.waking_seconds or 0.0)
        elif self._begun_at is None and not isinstance(finished.error, Interrupted | Rejected):
            self._is_unknown = True

    def failed(self, error: DarkroomError) -> None:
        """The job failed here. Nobody can tell what an `Untraceable` one has cost."""
        self._is_unknown = self._is_unknown or isinstance(error, Untraceable)

    def pays_partners(self, price: int) -> None:
        """It has partner nodes, which cost so much."""
        self._partner_price = price

    def paid(self) -> None:
        """What the server has of the job was billed before."""
        self._is_paid = True

    async def ask(self, server: Server, prompt_id: str) -> None:
        """Ask for the figure of a prompt that ended while nobody was listening."""
        if self.runs:
            try:
                finished = await server.outcome(prompt_id)
            except ComfyError:
                finished = None
            self._is_unknown = finished is None
            if finished is not None:
                self.ended(prompt_id, finished)

    def read(self) -> Bill:
        """The cost so far."""
        if self._is_paid or not self.runs:
            return Bill(0)
        if self._seconds:
            seconds = sum(self._seconds.values())
        elif self._is_unknown:
            return Bill(None)
        elif self._begun_at is None:
            return Bill(0)
        else:
            left_at = asyncio.get_running_loop().time() if self._left_at is None else self._left_at
            seconds = left_at - self._begun_at
        return Bill((0 if self._price is None else cost_of(seconds, self._price)) + (self._partner_price or 0))
