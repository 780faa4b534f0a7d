"""Files of every kind that carry texts, made from their formats alone."""

import gzip
import io
import json
import struct
import zlib
from collections.abc import Mapping

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, content: bytes, *, right: bool = True) -> bytes:
    checksum = zlib.crc32(kind + content) if right else 7
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def _plain() -> tuple[bytes, bytes]:
    """A small PNG in two parts: between them is where texts usually stand."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(buffer, "PNG")
    content = buffer.getvalue()
    return content[: len(SIGNATURE) + 25], content[len(SIGNATURE) + 25 :]


def png(texts: Mapping[str, str], *, right: bool = True, behind: bool = False, kind: bytes = b"tEXt") -> bytes:
    """With a wrong checksum, or behind the pixels."""
    head, tail = _plain()
    middle = b"".join(chunk(kind, f"{key}\0{text}".encode(), right=right) for key, text in texts.items())
    pixels, end = tail[:-12], tail[-12:]
    return head + pixels + middle + end if behind else head + middle + tail


def moving_png(texts: Mapping[str, str]) -> bytes:
    """As ComfyUI's SaveAnimatedPNG writes it."""
    info = PngInfo()
    for key, text in texts.items():
        info.add(b"comf", f"{key}\0{text}".encode("latin-1"), after_idat=True)
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    frames[0].save(buffer, "PNG", pnginfo=info, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def with_exif(kind: str, texts: Mapping[str, str]) -> bytes:
    """As ComfyUI's SaveAnimatedWEBP writes it: keywords in front of the texts, from the camera's model down."""
    image = Image.new("RGB", (16, 16), "teal")
    exif = image.getexif()
    for number, (key, text) in enumerate(texts.items()):
        exif[0x0110 - number] = f"{key}:{text}"
    return _saved(image, kind, exif)


def with_comment(kind: str, text: str, *, code: bytes = b"UNICODE\0", encoding: str = "utf-16-be") -> bytes:
    """As A1111 and its kin write it: the user's comment in the EXIF directory."""
    image = Image.new("RGB", (16, 16), "teal")
    exif = image.getexif()
    exif.get_ifd(0x8769)[0x9286] = code + text.encode(encoding)
    return _saved(image, kind, exif)


def _saved(image: Image.Image, kind: str, exif: Image.Exif) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, exif=exif)
    return buffer.getvalue()


def svg(texts: Mapping[str, str]) -> bytes:
    """As ComfyUI's SaveSVGNode writes it: objects, not texts of objects."""
    held = json.dumps({key: json.loads(text) for key, text in texts.items()}, indent=2)
    metadata = (
        f"  <metadata>\n                <![CDATA[\n            {held}\n                ]]>\n            </metadata>"
    )
    return f'<?xml version="1.0"?>\n<svg width="16">\n{metadata}\n<path d="M0 0"/></svg>'.encode()


def latent(texts: Mapping[str, str]) -> bytes:
    """As ComfyUI's SaveLatent writes it (safetensors)."""
    header = {"__metadata__": dict(texts), "latent_tensor": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    content = json.dumps(header).encode()
    return struct.pack("<Q", len(content)) + content + bytes(4)


def with_hidden(kind: str, text: str) -> bytes:
    """As NovelAI hides it: in the lowest bits of the transparency, column by column."""
    packed = gzip.compress(text.encode())
    said = b"stealth_pngcomp" + struct.pack(">I", 8 * len(packed)) + packed
    bits = [byte >> 7 - place & 1 for byte in said for place in range(8)]
    image = Image.new("RGBA", (256, 192), (0, 128, 128, 254))
    for number, bit in enumerate(bits):
        image.putpixel(divmod(number, image.height), (0, 128, 128, 254 | bit))
    buffer = io.BytesIO()
    image.save(buffer, kind, lossless=True, exact=True)
    return buffer.getvalue()


def box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", 8 + len(content)) + kind + content


def mp4(texts: Mapping[str, str], *, frames: bytes = bytes(64)) -> bytes:
    """As FFmpeg writes it for ComfyUI's SaveVideo (`use_metadata_tags`), its frames in front."""
    keys = b"".join(box(b"mdta", key.encode()) for key in texts)
    values = (
        box(struct.pack(">I", number), box(b"data", struct.pack(">II", 1, 0), text.encode()))
        for number, text in enumerate(texts.values(), start=1)
    )
    handler = box(b"hdlr", bytes(8) + b"mdta" + bytes(13))
    meta = box(b"meta", bytes(4), handler, box(b"keys", struct.pack(">II", 0, len(texts)), keys), box(b"ilst", *values))
    return box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", frames) + box(b"moov", box(b"udta", meta))


def element(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return kind + struct.pack(">Q", len(content) | 1 << 56) + content


def webm(texts: Mapping[str, str]) -> bytes:
    """As FFmpeg writes it: names in capitals, behind the frames."""
    tags = (
        element(b"\x67\xc8", element(b"\x45\xa3", key.upper().encode()), element(b"\x44\x87", text.encode()))
        for key, text in texts.items()
    )
    cluster = element(b"\x1f\x43\xb6\x75", bytes(64))
    tail = element(b"\x12\x54\xc3\x67", element(b"\x73\x73", *tags))
    return element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"webm")) + element(b"\x18\x53\x80\x67", cluster, tail)


def glb(texts: Mapping[str, str]) -> bytes:
    """As ComfyUI's SaveGLB writes it."""
    content = json.dumps({"asset": {"version": "2.0", "extras": dict(texts)}}).encode()
    return b"glTF" + struct.pack("<III", 2, 20 + len(content), len(content)) + b"JSON" + content
