"""Files of every kind that a workflow makes, small ones."""

import io
import wave
from pathlib import Path
from typing import Any, Final

from PIL import Image

from tests.pictures.carriers import SIGNATURE, chunk

MEDIA: Final = Path(__file__).parents[1] / "media"
"""As FFmpeg writes them."""


def image(kind: str, count: int = 1, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:  # noqa: ANN401 - Pillow's
    buffer = io.BytesIO()
    first, *others = [Image.effect_noise(size, 40 + number).convert(mode) for number in range(count)]
    moving = {"save_all": True, "append_images": others, "duration": 100} if others else {}
    first.save(buffer, kind, **moving, **options)
    return buffer.getvalue()


def sound() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\1\2" * 999)
    return buffer.getvalue()


def apng_of_comfyui() -> bytes:
    """With ComfyUI's own chunk."""
    plain = image("PNG", 3)
    return plain[: len(SIGNATURE) + 25] + chunk(b"comf", b"prompt\0{}") + plain[len(SIGNATURE) + 25 :]


IMAGES: Final = {
    "still.png": image("PNG"),
    "transparent.png": image("PNG", mode="RGBA"),
    "moving.png": apng_of_comfyui(),
    "photo.jpg": image("JPEG"),
    "lossy.webp": image("WEBP"),
    "lossless.webp": image("WEBP", mode="RGBA", lossless=True),
    "moving.webp": image("WEBP", 3),
    "still.gif": image("GIF"),
    "moving.gif": image("GIF", 3),
    "still.avif": image("AVIF"),
}
STREAMS: Final = {
    "sound.wav": sound(),
    # A bare stream of frames, as old encoders write it.
    "bare.mp3": (MEDIA / "a.mp3").read_bytes()[(MEDIA / "a.mp3").read_bytes().index(b"\xff\xfb") :],
    **{path.name: path.read_bytes() for path in sorted(MEDIA.iterdir()) if path.suffix != ".avif"},
}
