"""The operator's certificate and key: read, compared and tried once, before anything is signed with them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.content_credentials.library import NotSigned, SigningKey, holds, is_installed

_INSTALL: Final = "it needs a package that is not installed: pip install 'darkroom[c2pa]'"
_PEM: Final = b"-----BEGIN CERTIFICATE-----"
_NO_USE: Final = "C2PA has no use for this kind of key: take P-256, P-384, P-521, Ed25519 or RSA"
_CURVES: Final = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_PIXEL: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
"""The smallest PNG: what the key is tried on."""
_UNSIGNED: Final = "until then, files are delivered without a signature."
_RENEW: Final = "files are delivered without a signature. Renew it, then restart the bot."
_SOON: Final = timedelta(days=30)
_MORE: Final = 2**10
"""Bytes by which a signature in another format may be larger than in a PNG."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate chain in PEM, the signer's first, with its key. `room` is how many bytes a signature takes, `owner`
    whom the certificate names, and `ends` when it expires.
    """

    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)
    key_file: Path
    algorithm: str
    owner: str
    begins: datetime
    ends: datetime
    room: int = 0

    def valid(self, now: datetime) -> bool:
        """Whether files can be signed now."""
        return self.begins <= now <= self.ends

    def trouble(self, now: datetime) -> str | None:
        """A sentence for the operator if files can't be signed now, or soon."""
        if now < self.begins:
            return f"The certificate of C2PA_CERTIFICATE is valid from {self.begins:%Y-%m-%d %H:%M} UTC: {_UNSIGNED}"
        if now > self.ends:
            return f"The certificate of C2PA_CERTIFICATE expired on {self.ends:%Y-%m-%d}: {_RENEW}"
        if now > self.ends - _SOON:
            return (
                f"The certificate of C2PA_CERTIFICATE expires on {self.ends:%Y-%m-%d}. Renew it, then restart the bot."
            )
        return None


def read_certificate(text: str) -> bytes:
    """The chain in this file; b"" for no file. Raises `ValueError`."""
    content = _read(text)
    if content and _PEM not in content:
        raise ValueError("it holds no certificate in PEM format (-----BEGIN CERTIFICATE-----)")
    return content


def read_credentials(certificate: bytes, text: str) -> Credentials | None:
    """The certificate with the key in this file, tried by signing a pixel; None for neither. Raises `ValueError`.

    Nothing is tried while the certificate isn't valid: it may expire on any day, and a bot must start then, too.
    """
    key = _read(text)
    if not certificate or not key:
        if certificate or key:
            raise ValueError("C2PA_CERTIFICATE and C2PA_KEY need each other: set both or neither")
        return None
    if not is_installed():
        raise ValueError(_INSTALL)
    credentials = _matched(certificate, key, Path(text))
    return _tried(credentials) if credentials.valid(datetime.now(UTC)) else credentials


def _read(text: str) -> bytes:
    try:
        return Path(text).read_bytes() if text else b""
    except OSError as fault:
        raise ValueError(f"it cannot be read: {fault.strerror}") from None


def _matched(certificate: bytes, key: bytes, key_file: Path) -> Credentials:
    # It comes with the extra.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    try:
        found = x509.load_pem_x509_certificates(certificate)
    except ValueError:
        raise ValueError("C2PA_CERTIFICATE is damaged: no certificate can be read from it") from None
    try:
        private = load_pem_private_key(key, None)
    except TypeError:
        raise ValueError("it has a password: store the key without one, readable by the bot's user only") from None
    except UnsupportedAlgorithm:
        raise ValueError(_NO_USE) from None
    except ValueError:
        raise ValueError("it holds no private key in PEM format (-----BEGIN PRIVATE KEY-----)") from None
    algorithm = _algorithm(private)
    owned = (one for one in found if _public_key(one) == private.public_key())
    if (first := next(owned, None)) is None:
        raise ValueError("it is not the key of any certificate in C2PA_CERTIFICATE")
    names = [name.value for name in first.subject if name.oid._name in {"organizationName", "commonName"}]  # noqa: SLF001 - its only plain name
    return Credentials(
        # The library takes neither another order nor another form, nor anything else in these files.
        certificate=b"".join(one.public_bytes(Encoding.PEM) for one in _in_order(first, found)),
        key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key_file=key_file,
        algorithm=algorithm,
        owner=str(names[0]) if names else first.subject.rfc4514_string(),
        begins=first.not_valid_before_utc,
        ends=first.not_valid_after_utc,
    )


def _in_order(first: Any, found: Sequence[Any]) -> list[Any]:  # noqa: ANN401 - the library's certificates
    """The certificate, then for each the one that issued it, as far as they are among those found."""
    ordered = [first]
    while above := [one for one in found if one not in ordered and _issued(ordered[-1], one)]:
        ordered.append(above[0])
    return ordered


def _issued(certificate: Any, above: Any) -> bool:  # noqa: ANN401 - the library's certificates
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415

    try:
        certificate.verify_directly_issued_by(above)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _public_key(certificate: Any) -> Any:  # noqa: ANN401 - one of the many kinds of keys
    """None: of a kind that is unknown here."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415

    try:
        return certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return None


def _algorithm(private: Any) -> str:  # noqa: ANN401 - one of the many kinds of keys
    """C2PA's name for what this key signs with. Raises `ValueError`."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415

    match private:
        case ec.EllipticCurvePrivateKey() if private.curve.name in _CURVES:
            return _CURVES[private.curve.name]
        case ed25519.Ed25519PrivateKey():
            return "ed25519"
        case rsa.RSAPrivateKey():
            return "ps256"
    raise ValueError(_NO_USE)


def _tried(credentials: Credentials) -> Credentials:
    target = io.BytesIO()
    try:
        key = SigningKey(credentials.certificate, credentials.key, credentials.algorithm)
        key.sign(io.BytesIO(_PIXEL), target, "image/png")
    except NotSigned as fault:
        raise ValueError(f"C2PA refuses this certificate: {fault}") from None
    if not holds(target.getvalue()):
        raise ValueError("C2PA refuses what this certificate signs")
    return replace(credentials, room=len(target.getvalue()) - len(_PIXEL) + _MORE)
