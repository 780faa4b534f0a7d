"""A sound to try a workflow with."""

import io
import math
import struct
import wave
from typing import Final

_HERTZ: Final = 16_000
_TONE: Final = 440
_SECONDS: Final = 5


def sample_sound() -> bytes:
    """A WAV of a plain tone."""
    tone = (math.sin(2 * math.pi * _TONE * number / _HERTZ) for number in range(_SECONDS * _HERTZ))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_HERTZ)
        file.writeframes(b"".join(struct.pack("<h", int(8000 * one)) for one in tone))
    return buffer.getvalue()
