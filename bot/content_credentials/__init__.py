"""Content Credentials (C2PA): files signed with the operator's own certificate, and signatures of others read.

The library for that, `c2pa-python`, is an extra. Only `library` imports it, and only where something is signed or read.
"""

from bot.content_credentials.credentials import Credentials, read_certificate, read_credentials
from bot.content_credentials.media_types import HEAD, media_type
from bot.content_credentials.signer import Signer

__all__ = ["HEAD", "Credentials", "Signer", "media_type", "read_certificate", "read_credentials"]
