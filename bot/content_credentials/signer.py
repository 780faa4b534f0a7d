"""Signs files; what can't be signed stays as it is."""

import io
import logging
import sys
from typing import BinaryIO, Final

from bot.content_credentials.credentials import Credentials
from bot.content_credentials.library import NotSigned, SigningKey
from bot.content_credentials.media_types import HEAD, media_type

log = logging.getLogger(__name__)

_LEAST_ROOM: Final = 2**14
"""Bytes to leave for a signature that couldn't be tried."""


class Signer:
    """Signs with one certificate. Blocks; threads may share it. `room` is how many bytes a signature takes at most."""

    def __init__(self, credentials: Credentials) -> None:
        self.room = credentials.room or _LEAST_ROOM
        self._credentials = credentials
        self._key: SigningKey | None = None

    def signed(self, content: bytes) -> bytes:
        """The file, signed if it can be."""
        target = io.BytesIO()
        return target.getvalue() if self.write_signed(io.BytesIO(content), target, sys.maxsize) else content

    def write_signed(self, source: BinaryIO, target: BinaryIO, most_bytes: int) -> bool:
        """Write the signed file, with the same pixels, frames and sound. False if its format has no signatures, or for
        reasons that are logged: signing fails, or the file would have more than `most_bytes`. What was written then is
        worthless. `target` must be readable, too.
        """
        source.seek(0)
        kind = media_type(source.read(HEAD))
        if kind is None:
            return False
        source.seek(0)
        try:
            if self._key is None:
                one = self._credentials
                self._key = SigningKey(one.certificate, one.key, one.algorithm)
            self._key.sign(source, target, kind)
        except NotSigned as fault:
            log.warning("a file (%s) is delivered without a signature: %s", kind, fault)
            return False
        if (size := target.seek(0, io.SEEK_END)) > most_bytes:
            log.warning("a file (%s) is delivered without a signature: it would have %d bytes with one", kind, size)
            return False
        return True
