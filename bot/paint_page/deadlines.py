"""How long strangers may take. A proxy in front of the page usually has deadlines too, but need not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds until a request's head, and then its body, has to be there; and for one request and its answer
    together, however slowly a client sends or reads: an image may have many megabytes.
    """

    head: float = 15.0
    body: float = 90.0
    connection: float = 180.0
