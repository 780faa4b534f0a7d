"""XMP packets (ISO 16684-1), with the IPTC property that says that a machine made the image. Pure.

A packet that another program wrote is kept: the property is added to it, or takes the place of another value. It is
changed as text, because parsing and writing it again would lose how the other program wrote it.
"""

import re
from typing import Final

MADE_BY_MACHINE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""The value of IPTC's vocabulary for what a trained model made (cv.iptc.org/newscodes/digitalsourcetype)."""
NAME: Final = "DIGITALSOURCETYPE"
"""The field's name in formats that have free comments instead of XMP."""

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_BEGIN: Final = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
_END: Final = '<?xpacket end="w"?>'
_ELEMENT: Final = re.compile(
    r"<([A-Za-z_][\w.-]{0,40}):DigitalSourceType\b([^<>]{0,500}?)(?:/>|>([^<]{0,500})</\1:DigitalSourceType\s{0,20}>)"
)
_ATTRIBUTE: Final = re.compile(
    r"\s[A-Za-z_][\w.-]{0,40}:DigitalSourceType\s{0,20}=\s{0,20}(?:\"([^\"<]{0,500})\"|'([^'<]{0,500})')"
)
_RESOURCE: Final = re.compile(r"resource\s{0,20}=\s{0,20}[\"']([^\"'<]{0,500})[\"']")
_ABOUT: Final = re.compile(
    r"<[\w.-]{1,40}:Description\s[^<>]{0,2000}?about\s{0,20}=\s{0,20}(\"[^\"<>]{0,500}\"|'[^'<>]{0,500}')"
)
_CLOSING: Final = re.compile(r"</[A-Za-z_][\w.-]{0,40}:RDF\s{0,20}>")


def merged(packet: bytes | None) -> bytes:
    """The packet with the mark, or a new packet if there is none or it can't be read. Unchanged if it has the mark."""
    text = None if packet is None else _decoded(packet)
    if packet is None or text is None or not (closings := list(_CLOSING.finditer(text))):
        return (_BEGIN + _whole(_description('""')) + _END).encode()
    if _sources(text) == (MADE_BY_MACHINE,):
        return packet
    about = _ABOUT.search(text)
    place = closings[-1].start()
    body, rest = text[:place], text[place:]
    body = _ATTRIBUTE.sub("", _ELEMENT.sub("", body))
    # Programs leave some thousand spaces to edit a packet in place; here it is written as a whole.
    tail = rest.rfind("<?xpacket end")
    rest = rest if tail < 0 else rest[:tail].rstrip() + "\n" + rest[tail:]
    return (body + _description('""' if about is None else about[1]) + rest).encode()


def sources(packet: bytes | None) -> tuple[str, ...]:
    """What the packet says about the image's origin: addresses from IPTC's vocabulary, each once."""
    text = None if packet is None else _decoded(packet)
    return () if text is None else _sources(text)


def _sources(text: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in _ELEMENT.finditer(text):
        resource = _RESOURCE.search(match[2])
        found[(resource[1] if resource else match[3] or "").strip()] = None
    for match in _ATTRIBUTE.finditer(text):
        found[(match[1] or match[2] or "").strip()] = None
    return tuple(one for one in found if one)


def _decoded(packet: bytes) -> str | None:
    """The text of a packet; UTF-16 is known by its zeros. None if it is neither that nor UTF-8."""
    encoding = {b"<\0": "utf-16-le", b"\0<": "utf-16-be", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    try:
        return packet.decode(encoding.get(packet[:2], "utf-8")).rstrip("\0")
    except UnicodeDecodeError:
        return None


def _description(about: str) -> str:
    return (
        f'<rdf:Description xmlns:rdf="{_RDF}" xmlns:Iptc4xmpExt="{_IPTC}" rdf:about={about}>'
        f"<Iptc4xmpExt:DigitalSourceType>{MADE_BY_MACHINE}</Iptc4xmpExt:DigitalSourceType></rdf:Description>"
    )


def _whole(description: str) -> str:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">{description}</rdf:RDF></x:xmpmeta>'
