"""Which jobs RunPod has dropped from its queue: no worker took them within their `ttl`, so they cost nothing. Pure."""

from collections import OrderedDict
from typing import Final

from bot.comfyui.runpod.job_request import TTL_SECONDS

_SLACK_SECONDS: Final = 60.0
"""Between two looks at a job that waits, and between its submit and the first look."""
_MOST_JOBS: Final = 64


class QueueWaits:
    """What this process has seen of jobs that wait. Times are seconds by any clock, ids are RunPod's."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """The first and the newest look at a job that found it waiting."""

    def waits(self, theirs: str, now: float) -> None:
        """It waits in the queue."""
        first, _ = self._seen.pop(theirs, (now, now))
        self._seen[theirs] = first, now
        while len(self._seen) > _MOST_JOBS:
            self._seen.popitem(last=False)

    def has_expired(self, theirs: str, now: float) -> bool:
        """Whether a job that RunPod no longer knows was dropped because it waited too long."""
        if (seen := self._seen.get(theirs)) is None:
            return False
        first, newest = seen
        return now - first >= TTL_SECONDS - _SLACK_SECONDS and now - newest <= _SLACK_SECONDS
