"""How much of an upload the operating system still holds: `send` returns long before a slow line took the bytes."""

import socket
import sys
from typing import Final

if sys.platform == "linux":
    import fcntl
    import termios

_SO_NWRITE: Final = 0x1024
"""macOS: the number of bytes that are not yet acknowledged (sys/socket.h)."""


def unsent(peer: socket.socket) -> int | None:
    """Bytes that the other side has not acknowledged yet. None if the system does not say (Windows), or the socket is
    closed.
    """
    try:
        if sys.platform == "darwin":
            return peer.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
        if sys.platform == "linux":
            # tcp(7): SIOCOUTQ, the same number as TIOCOUTQ.
            answer = fcntl.ioctl(peer.fileno(), termios.TIOCOUTQ, bytes(4))
            return int.from_bytes(answer, sys.byteorder)
    except (OSError, ValueError):
        pass
    return None
