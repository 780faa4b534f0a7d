"""Every kind of file gets the mark, an independent reader reads it, and nothing else in the file changes."""

import io
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from bot.pictures import Origin, fit, marked, origin
from tests.exiftool import MADE_BY_MACHINE, Exiftool
from tests.pictures.ai_mark.files import IMAGES, STREAMS, image
from tests.pictures.carriers import SIGNATURE, chunk

FILES = IMAGES | STREAMS
PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="a lens"{}>'
    "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Grüße</rdf:li></rdf:Alt></dc:title>{}</rdf:Description>"
    f"</rdf:RDF></x:xmpmeta>{' ' * 2000}" + '<?xpacket end="w"?>'
)
IPTC = ' xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
CAMERA = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
PACKETS = {
    "another program's": PACKET.format("", ""),
    "with another source": PACKET.format(IPTC, f"<i:DigitalSourceType>{CAMERA}</i:DigitalSourceType>"),
    "with another source as an attribute": PACKET.format(f'{IPTC} i:DigitalSourceType="{CAMERA}"', ""),
    "with another source as a resource": PACKET.format(IPTC, f'<i:DigitalSourceType rdf:resource="{CAMERA}"/>'),
}


def frames(content: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(content)) as opened:
        return [one.convert("RGBA").tobytes() for one in ImageSequence.Iterator(opened)]


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_every_kind_is_marked_once_and_others_can_read_it(name: str, exiftool: Exiftool) -> None:
    before, content = exiftool.tags(name, FILES[name]), marked(FILES[name])
    assert exiftool.sources(name, content) == [MADE_BY_MACHINE]
    assert origin(content) == Origin((MADE_BY_MACHINE,))
    assert marked(content) == content
    after = exiftool.tags(name, content)
    assert not [key for key in after if key in {"ExifTool:Warning", "ExifTool:Error"} and key not in before]
    # Everything that another reader saw before, it sees now: sizes, durations, the texts of workflows.
    own = ["File:", "SourceFile", "ExifTool:", "XMP:", "RIFF:WebP_Flags", "QuickTime:Avg", "Composite:AvgBitrate"]
    # It guesses how long a WAV is by the size of the file.
    own += ["Composite:Duration"] if name.endswith(".wav") else []
    lost = {key: value for key, value in before.items() if not key.startswith(tuple(own)) and after.get(key) != value}
    assert not {key: value for key, value in lost.items() if "Offset" not in key and "GIFVersion" not in key}


@pytest.mark.parametrize("name", IMAGES)
def test_no_pixel_changes(name: str) -> None:
    assert frames(marked(IMAGES[name])) == frames(IMAGES[name])


@pytest.mark.parametrize("name", STREAMS)
def test_no_byte_of_a_film_or_a_sound_changes(name: str) -> None:
    """What was there is there in the same order; all that differs are the sizes in front of it."""
    old, new = STREAMS[name], marked(STREAMS[name])
    same_start = len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))))
    ends = zip(reversed(old), reversed(new), strict=False)
    same_end = len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], ends)))
    appended = new[16:].startswith(old[16:]) if name.endswith((".mov", ".mp4", ".wav")) else False
    segment = old.find(b"\x18\x53\x80\x67") + 12
    grown = segment > 12 and new[segment : len(old)] == old[segment:]
    assert appended or grown or len(old) - same_end <= max(same_start + 16, 600)


@pytest.mark.parametrize("which", PACKETS)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_what_another_program_wrote_is_kept_and_the_mark_joins_it(kind: str, which: str, exiftool: Exiftool) -> None:
    packet = PACKETS[which].encode()
    name = f"a.{kind.lower()}"
    match kind:
        case "PNG":
            plain = with_packet(packet)
        case "GIF":
            # Pillow writes none.
            plain = exiftool.with_packet(name, image(kind, 2), packet)
        case _:
            plain = image(kind, xmp=packet)
    if kind == "AVIF":
        # Its own packet is an item that stays; the mark has a packet of its own.
        assert MADE_BY_MACHINE in exiftool.sources(name, marked(plain))
        return
    content = marked(plain)
    assert exiftool.sources(name, content) == [MADE_BY_MACHINE]
    tags = exiftool.tags(name, content)
    assert (tags["XMP:Title"], tags["XMP:CreatorTool"]) == ("Grüße", "a lens")
    assert len(content) < len(plain) + 500
    assert marked(content) == content
    assert frames(content) == frames(plain)


def with_packet(packet: bytes) -> bytes:
    plain = image("PNG")
    # Behind the pixels, where it may stand as well.
    return plain[:-12] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet) + plain[-12:]


@pytest.mark.parametrize("damaged", [b"<not xmp", b"\xff\xff\xff", PACKETS["another program's"].encode("utf-16")])
def test_a_packet_that_nobody_can_read_gives_way_to_one_that_everybody_can(damaged: bytes, exiftool: Exiftool) -> None:
    assert exiftool.sources("a.png", marked(with_packet(damaged))) == [MADE_BY_MACHINE]


def test_a_packet_too_large_for_a_jpeg_gives_way() -> None:
    crowded = image("JPEG", xmp=PACKET.format("", f"<dc:source>{'x' * 63_000}</dc:source>").encode())
    assert origin(marked(crowded)).by_machine


def test_a_signed_file_stays_as_it_is_because_its_signature_would_break() -> None:
    plain = image("PNG")
    signed = plain[: len(SIGNATURE) + 25] + chunk(b"caBX", b"\0\0\0\0jumb c2pa") + plain[len(SIGNATURE) + 25 :]
    assert marked(signed) == signed
    assert origin(signed) == Origin(signed=True)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG", b"RIFF\0\0\0\0AVI LIST", b"BM" + bytes(60), b"\xff\xf1\x50\x80" + bytes(9)]
)
def test_what_has_no_place_for_a_mark_stays_as_it_is(content: bytes) -> None:
    assert marked(content) == content
    assert origin(content) == Origin()


@pytest.mark.parametrize("fitted", [0.95, 0.5, 0.2])
@pytest.mark.parametrize("name", ["still.png", "moving.gif", "moving.webp"])
def test_a_smaller_copy_keeps_the_mark(name: str, fitted: float, exiftool: Exiftool) -> None:
    count = 3 if name.startswith("moving") else 1
    whole = marked(image(name.rpartition(".")[2].upper(), count, size=(240, 180)))
    copy = fit(whole, int(len(whole) * fitted))
    assert copy is not None
    assert copy.suffix == ".webp"
    assert exiftool.sources("copy.webp", copy.content) == [MADE_BY_MACHINE]


@given(st.sampled_from(sorted(FILES)), st.randoms(use_true_random=False), st.integers(1, 12))
def test_damage_anywhere_costs_at_most_the_mark(name: str, dice: random.Random, hits: int) -> None:
    """Neither writing nor reading raises, and what is written is not marked twice."""
    content = bytearray(FILES[name])
    for _ in range(hits):
        content[dice.randrange(min(len(content), 400))] = dice.randrange(256)
    damaged = bytes(content[: dice.randrange(len(content))] if dice.random() < 0.3 else content)
    written = marked(damaged)
    origin(written)
    assert len(written) - len(damaged) < 1500
    assert marked(written) == written


@pytest.mark.parametrize("length", [63_700, 64_900, 65_000, 130_000])
def test_comments_over_many_pages_of_ogg_are_laid_out_again(length: int, exiftool: Exiftool) -> None:
    """A workflow of ComfyUI's fills pages; where the mark needs one more, all that follow get another number."""
    from bot.pictures.ai_mark.ogg import _laid_out, _packets, _pages  # noqa: PLC0415 - in place of an encoder

    plain = STREAMS["a.opus"]
    file = io.BytesIO(plain)
    (_, first_end), (second, second_end) = itertools.islice(_pages(file, 0, len(plain)), 2)
    comments = _packets(second, b"")[0][0]
    text = b"workflow=" + b"x" * length
    longer = comments + len(text).to_bytes(4, "little") + text
    place = 8 + 4 + int.from_bytes(comments[8:12], "little")
    count = int.from_bytes(comments[place : place + 4], "little") + 1
    longer = longer[:place] + count.to_bytes(4, "little") + longer[place + 4 :]
    rest = plain[second_end:]
    whole = plain[:first_end] + b"".join(_laid_out([longer], second[14:18])) + rest
    content = marked(whole)
    assert exiftool.sources("long.opus", content) == [MADE_BY_MACHINE]
    numbers = [int.from_bytes(page[18:22], "little") for page, _ in _pages(io.BytesIO(content), 0, len(content))]
    if len(_laid_out([longer], b"abcd")) == 1:
        assert numbers == list(range(len(numbers)))
