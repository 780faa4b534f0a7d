"""The connection to the library `c2pa-python`. Nothing here asks the network: no time is stamped elsewhere, no
certificate is looked up, and no manifest that only has an address is fetched.
"""

import io
import json
from importlib.util import find_spec
from typing import Any, BinaryIO, Final

_NO_NETWORK: Final = {
    "verify": {"ocsp_fetch": False, "remote_manifest_fetch": False, "verify_after_sign": False},
    # A thumbnail would be a second copy of the image in it.
    "builder": {"thumbnail": {"enabled": False}},
}
_MANIFEST: Final = json.dumps(
    {
        "claim_generator_info": [{"name": "Darkroom"}],
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
                        }
                    ]
                },
            }
        ],
    }
)
"""What is signed: that a model made the file, and with which program; nothing of the request or of its owner."""


_INVALID: Final = "Invalid"
"""The library's word for a signature that doesn't hold. Whose certificate it trusts is another question."""


class NotSigned(Exception):  # noqa: N818 - reads as what happened
    """The library refused to sign; says why."""


def is_installed() -> bool:
    """Whether the extra is there. It takes 50 MB, so nothing is loaded to find out."""
    return find_spec("c2pa") is not None


def _loaded() -> Any:  # noqa: ANN401 - it has no types
    import c2pa  # noqa: PLC0415 - an extra, and large

    return c2pa


class SigningKey:
    """A certificate with its key, ready to sign. Threads may share it. Raises `NotSigned`."""

    def __init__(self, certificate: bytes, key: bytes, algorithm: str) -> None:
        self._c2pa = c2pa = _loaded()
        try:
            self._context = c2pa.Context.from_dict(_NO_NETWORK)
            self._signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, certificate, key, None))
        except c2pa.C2paError as fault:
            raise NotSigned(str(fault)) from fault

    def sign(self, source: BinaryIO, target: BinaryIO, media_type: str) -> None:
        """Write the signed file. Its pixels stay the same. `target` must be readable, too. Raises `NotSigned`."""
        try:
            with self._c2pa.Builder(_MANIFEST, self._context) as builder:
                builder.sign(self._signer, media_type, source, target)
        except self._c2pa.C2paError as fault:
            raise NotSigned(str(fault)) from fault


def read_manifest(file: BinaryIO) -> tuple[bool, dict[str, Any]] | None:
    """Whether the signature of a file holds, and who signed it; None if it has none that can be read."""
    c2pa = _loaded()
    try:
        with c2pa.Reader(None, file, context=c2pa.Context.from_dict(_NO_NETWORK)) as reader:
            return reader.get_validation_state() != _INVALID, reader.get_active_manifest()["signature_info"]
    except (c2pa.C2paError, KeyError, TypeError):
        return None


def holds(content: bytes) -> bool:
    """Whether a file in memory is signed by the key that belongs to its certificate."""
    found = read_manifest(io.BytesIO(content))
    return found is not None and found[0]
