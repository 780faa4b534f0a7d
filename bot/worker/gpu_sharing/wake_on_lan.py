"""Wakes a sleeping machine with magic packets (WAKE_MAC)."""

import asyncio
import logging
from typing import Final

from wakeonlan import send_magic_packet

from bot.settings import WakeTarget

log = logging.getLogger(__name__)

_AGAIN_SECONDS: Final = 5.0
"""A packet may be lost, and nobody confirms one."""
_WAKING_SECONDS: Final = 300.0
"""If a machine does not answer for this long, it is not waking up: something is wrong."""


class Waker:
    """Wakes one machine, which may be awake already."""

    def __init__(self, target: WakeTarget) -> None:
        self._target = target
        self._began_at: float | None = None
        self._sent_at = 0.0

    async def wake(self) -> None:
        """Send a packet, unless the last one was sent a moment ago."""
        now = asyncio.get_running_loop().time()
        if self._began_at is None:
            log.info("waking the machine with the MAC address %s", self._target.mac)
            self._began_at = now
        elif now - self._sent_at < _AGAIN_SECONDS:
            return
        self._sent_at = now
        target = self._target
        try:
            # In a thread, because it may ask a name server.
            await asyncio.to_thread(send_magic_packet, target.mac, ip_address=target.host, port=target.port)
        except OSError as fault:
            log.warning("cannot send the packet that wakes %s: %s", target.mac, fault)

    @property
    def is_waking(self) -> bool:
        """Whether the machine should still be waking up."""
        return self._began_at is None or asyncio.get_running_loop().time() - self._began_at < _WAKING_SECONDS

    def stop(self) -> None:
        """The machine is awake, or nobody waits for it any more."""
        self._began_at = None
