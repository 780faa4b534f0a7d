"""What a link to the paint page says, signed. Pure."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.ledger import Link, NewLink
from bot.messages import TOKEN_SECONDS

LINK_SECONDS: Final = TOKEN_SECONDS
"""How long a link works: as long as the interaction's token can still send the new message."""
_SALT: Final = "paint"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says: the link's id, its member and image, and when it was signed, in seconds since 1970."""

    link_id: str
    user_id: str
    image: str
    signed_at: float

    @property
    def expires_at(self) -> float:
        """In seconds since 1970."""
        return self.signed_at + LINK_SECONDS

    @property
    def expired(self) -> bool:
        """Whether it is too late."""
        return time.time() > self.expires_at

    def fits(self, link: Link) -> bool:
        """Whether the stored link is for the same member and the same image."""
        return (self.user_id, self.image) == (str(link.user_id), _digest(link.image))


def sign(key: str, link: NewLink) -> str:
    """The token for a new link."""
    return str(_serializer(key).dumps([link.id, str(link.user_id), _digest(link.image)]))


def read_token(key: str, token: str) -> Claim | None:
    """What a token says; None if we did not sign it like this. It may have expired."""
    try:
        # The age is not checked here: itsdangerous would also refuse what another machine signed a second ahead of us.
        said, signed_at = _serializer(key).loads(token, return_timestamp=True)
    except BadData:
        return None
    match said:
        case [str(link_id), str(user_id), str(image)]:
            return Claim(link_id, user_id, image, signed_at.timestamp())
    return None


def _serializer(key: str) -> URLSafeTimedSerializer:
    options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(key, salt=_SALT, signer_kwargs=options)


def _digest(image: str) -> str:
    return hashlib.sha256(image.encode()).hexdigest()[:32]
