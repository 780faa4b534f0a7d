"""How much of an upload the operating system still holds: `send` returns long before a slow line took the bytes."""

import socket
import sys
from typing import Final

if sys.platform != "win32":
    import fcntl
    import termios

_SO_NWRITE: Final = 0x1024
"""macOS: the number of bytes that are not yet acknowledged (sys/socket.h)."""


def unsent(peer: socket.socket) -> int | None:
    """Bytes that the other side has not acknowledged yet. None if the system does not say (Windows), or the socket is
    closed.
    """
    if sys.platform == "win32":
        return None
    try:
        if sys.platform == "darwin":
            return peer.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
        # tcp(7): SIOCOUTQ, the same number as TIOCOUTQ.
        answer = fcntl.ioctl(peer.fileno(), termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):
        return None
    return int.from_bytes(answer, sys.byteorder)
