"""Files of every kind are signed, others read it, the mark and the pixels stay, and bad certificates are named."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from bot.content_credentials import Signer, read_certificate, read_credentials
from bot.content_credentials.library import read_manifest
from bot.pictures import marked, origin
from tests.content_credentials.certificates import OWNER, Chain, chain
from tests.exiftool import MADE_BY_MACHINE, Exiftool
from tests.pictures.ai_mark.files import IMAGES, STREAMS
from tests.pictures.ai_mark.test_marks import frames

FILES = IMAGES | STREAMS
WITHOUT = ("a.mkv", "a.opus", "a.webm")
"""C2PA has no place for a signature in these."""


def signer(folder: Path, pair: Chain | None = None) -> Signer:
    paths = (pair or chain()).written(folder)
    credentials = read_credentials(read_certificate(paths["C2PA_CERTIFICATE"]), paths["C2PA_KEY"])
    assert credentials is not None
    return Signer(credentials)


@pytest.mark.parametrize("name", [one for one in FILES if one not in WITHOUT])
def test_a_file_of_every_kind_is_signed_once_and_keeps_its_mark(name: str, tmp_path: Path, exiftool: Exiftool) -> None:
    hand, before = signer(tmp_path / "c"), marked(FILES[name])
    content = hand.signed(before)
    found = read_manifest(io.BytesIO(content))
    assert found is not None
    assert found[0]
    assert found[1]["issuer"] == OWNER
    assert origin(content).signed
    assert origin(content).by_machine
    assert MADE_BY_MACHINE in exiftool.sources(name, content)
    assert len(content) - len(before) <= hand.room
    # What is signed isn't marked again: that would break the signature.
    assert marked(content) == content


@pytest.mark.parametrize("name", IMAGES)
def test_no_pixel_changes(name: str, tmp_path: Path) -> None:
    content = signer(tmp_path / "c").signed(marked(IMAGES[name]))
    assert frames(content) == frames(IMAGES[name])


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mp3", "bare.mp3", "a.flac", "sound.wav"])
def test_no_byte_of_a_film_or_a_sound_changes(name: str, tmp_path: Path) -> None:
    content = signer(tmp_path / "c").signed(FILES[name])
    data = {"a.mp4": b"mdat", "a.mov": b"mdat", "sound.wav": b"data", "a.flac": b"fLaC"}.get(name)
    sound = FILES[name][FILES[name].find(data) + 4 :] if data else FILES[name][-800:]
    assert sound[:800] in content


def test_another_program_reads_what_was_signed_and_nothing_private_is_in_it(tmp_path: Path, exiftool: Exiftool) -> None:
    content = signer(tmp_path / "c").signed(marked(IMAGES["still.png"]))
    told = {key: value for key, value in exiftool.tags("a.png", content).items() if key.startswith("JUMBF:")}
    assert told["JUMBF:ActionsAction"] == "c2pa.created"
    assert told["JUMBF:ActionsDigitalSourceType"] == MADE_BY_MACHINE
    assert told["JUMBF:Claim_Generator_InfoName"] == "Darkroom"
    assert str(tmp_path) not in json.dumps(told)


@pytest.mark.parametrize("kind", ["P-256", "P-384", "Ed25519", "RSA"])
def test_every_kind_of_key_that_c2pa_allows_signs(kind: str, tmp_path: Path) -> None:
    content = signer(tmp_path / "c", chain(kind)).signed(marked(IMAGES["still.png"]))
    found = read_manifest(io.BytesIO(content))
    assert found is not None
    assert found[0]


def test_what_is_changed_after_it_was_signed_says_so(tmp_path: Path) -> None:
    content = bytearray(signer(tmp_path / "c").signed(marked(IMAGES["photo.jpg"])))
    content[-20] ^= 0xFF
    found = read_manifest(io.BytesIO(bytes(content)))
    assert found is not None
    assert not found[0]


@pytest.mark.parametrize("name", WITHOUT)
def test_a_file_without_a_place_for_a_signature_stays_as_it_is(name: str, tmp_path: Path) -> None:
    assert signer(tmp_path / "c").signed(FILES[name]) == FILES[name]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", IMAGES["still.png"][:60], bytes(40)])
def test_what_cannot_be_signed_stays_as_it_is(content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert signer(tmp_path / "c").signed(content) == content
    assert ("without a signature" in caplog.text) == content.startswith(b"\x89PNG")


def test_a_file_that_would_be_too_large_with_a_signature_is_not_signed(tmp_path: Path) -> None:
    content = IMAGES["still.png"]
    assert not signer(tmp_path / "c").write_signed(io.BytesIO(content), io.BytesIO(), len(content) + 100)


@pytest.mark.parametrize(("begins", "ends", "word"), [(-9, -1, "expired on"), (1, 9, "is valid from")])
def test_with_a_certificate_that_is_not_valid_now_files_go_out_unsigned(
    begins: float, ends: float, word: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths = chain(begins=begins, ends=ends).written(tmp_path / "c")
    credentials = read_credentials(read_certificate(paths["C2PA_CERTIFICATE"]), paths["C2PA_KEY"])
    assert credentials is not None
    assert word in (credentials.trouble(datetime.now(UTC)) or "")
    content = marked(IMAGES["still.png"])
    assert Signer(credentials).signed(content) == content
    assert "without a signature" in caplog.text


def traditional(key: bytes) -> bytes:
    """The key as `openssl ecparam -genkey` and older programs write it."""
    loaded = load_pem_private_key(key, None)
    return loaded.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


UNKNOWN_CURVE = b"""-----BEGIN PRIVATE KEY-----
MEgCAQAwHwYIKoUDBwEBAQEwEwYHKoUDAgIjAQYIKoUDBwEBAgIEIgIgO8d5zXWW
5XWHSnvIbqhjGx9jmnzwGxCvjVbVqFCIp8Q=
-----END PRIVATE KEY-----
"""
"""Of a kind that even the library for certificates doesn't know."""
PARAMETERS = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
"""`openssl ecparam -genkey` writes the name of the curve before the key."""


@pytest.mark.parametrize("kind", ["P-256", "RSA"])
def test_the_files_that_an_authority_sends_are_taken_in_any_order_and_form(kind: str, tmp_path: Path) -> None:
    pair, stranger = chain(kind), chain()
    key = (PARAMETERS if kind == "P-256" else b"") + traditional(pair.key)
    mixed = b"\xef\xbb\xbf" + stranger.certificate + b"issuer=CN = An authority\r\n" + pair.key + pair.reversed
    written = Chain(mixed + pair.certificate, pair.certificate + key)
    content = signer(tmp_path / "c", written).signed(marked(IMAGES["still.png"]))
    found = read_manifest(io.BytesIO(content))
    assert found is not None
    assert found[0]
    # Who has nothing to do with it isn't in the file.
    assert signer(tmp_path / "d", pair).room == signer(tmp_path / "c", written).room


@pytest.mark.parametrize(
    ("pair", "word"),
    [
        (Chain(chain().certificate, chain().key), "not the key of any certificate"),
        (Chain(chain().certificate, b"hello"), "no private key"),
        (Chain(b"-----BEGIN CERTIFICATE-----\nhello\n", chain().key), "C2PA_CERTIFICATE is damaged"),
        (chain(password=b"secret"), "has a password"),
        (chain("secp256k1"), "this kind of key"),
        (Chain(chain().certificate, UNKNOWN_CURVE), "this kind of key"),
        (chain(purpose=False), "C2PA refuses this certificate"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told_before_anything_is_signed(
    pair: Chain, word: str, tmp_path: Path
) -> None:
    paths = pair.written(tmp_path / "c")
    with pytest.raises(ValueError, match=word):
        read_credentials(read_certificate(paths["C2PA_CERTIFICATE"]), paths["C2PA_KEY"])
