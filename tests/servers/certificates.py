"""A certificate authority that nobody knows, and a certificate of it for this machine."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Authority:
    """`file` is what has to be trusted; `tls` is for a server on 127.0.0.1 or ::1."""

    file: Path
    tls: ssl.SSLContext


def made_up(folder: Path) -> Authority | None:
    """A new one, made with openssl; None where there is none."""
    ca, ca_key, key = folder / "ca.pem", folder / "ca.key", folder / "key.pem"
    request, certificate, extensions = folder / "request.pem", folder / "certificate.pem", folder / "extensions"
    extensions.write_text(
        "subjectAltName=IP:127.0.0.1,IP:::1\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n"
    )
    steps = (
        (
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Nobody", "-keyout", ca_key),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", ca),
        ),
        ("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", request),
        (
            *("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2"),
            *("-extfile", extensions, "-out", certificate),
        ),
    )
    for step in steps:
        try:
            made = subprocess.run(["openssl", *map(str, step)], capture_output=True, check=False)
        except OSError:
            return None
        if made.returncode:
            return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return Authority(ca, context)
