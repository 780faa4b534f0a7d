"""Certificates as an operator has them: a chain with its key, made for each test, valid or not."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

OWNER: Final = "Fox & Sons"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Chain:
    """A certificate chain and its key, in PEM."""

    certificate: bytes
    key: bytes

    @property
    def reversed(self) -> bytes:
        """The certificates with the authority's first."""
        end = b"-----END CERTIFICATE-----\n"
        return b"".join(reversed([one + end for one in self.certificate.split(end)[:-1]]))

    def written(self, folder: Path) -> dict[str, str]:
        """The settings that name both as files in the folder."""
        folder.mkdir(exist_ok=True)
        (folder / "chain.pem").write_bytes(self.certificate)
        (folder / "key.pem").write_bytes(self.key)
        (folder / "key.pem").chmod(0o600)
        return {"C2PA_CERTIFICATE": str(folder / "chain.pem"), "C2PA_KEY": str(folder / "key.pem")}


def chain(
    kind: str = "P-256", *, begins: float = -1, ends: float = 365, purpose: bool = True, password: bytes = b""
) -> Chain:
    """`begins` and `ends` are in days from now. Without a `purpose` C2PA refuses the certificate."""
    above, key = _new_key("P-256"), _new_key(kind)
    issuer, now = _name("An authority"), datetime.now(UTC)
    root = _signed(
        _certificate(issuer, issuer, above, now - 900 * _DAY, now + 900 * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True),
        above,
    )
    leaf = (
        _certificate(_name(OWNER), issuer, key, now + begins * _DAY, now + ends * _DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
    )
    if purpose:
        leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    locked: KeySerializationEncryption = BestAvailableEncryption(password) if password else NoEncryption()
    return Chain(_signed(leaf, above) + root, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))


def _new_key(kind: str) -> Any:  # noqa: ANN401 - one of many kinds
    match kind:
        case "Ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "RSA":
            return rsa.generate_private_key(65537, 2048)
        case "secp256k1":
            return ec.generate_private_key(ec.SECP256K1())
        case _:
            return ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[kind])


def _name(organization: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{organization} signs"),
        ]
    )


def _certificate(
    owner: x509.Name,
    issuer: x509.Name,
    key: Any,  # noqa: ANN401 - as above
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(certificate: x509.CertificateBuilder, key: Any) -> bytes:  # noqa: ANN401 - as above
    pem: bytes = certificate.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    return pem
