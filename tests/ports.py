"""Ports for programs under test whose port is a setting."""

import random
import socket
from typing import Final

_FREE: Final = range(20_000, 32_000)
"""Below those that Linux gives to connections on their way out: such a one could have it before the program does, or
while it restarts.
"""


def free_port() -> int:
    while True:
        # Not the generator that tests seed: each process of a test run would get the same ports.
        port = random.SystemRandom().choice(_FREE)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
