"""Looks at pictures with NudeNet: a program of its own, never imported by the bot (NudeNet is under the AGPL).

`checker` says which lines it reads and writes.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import Any, Final

_COUNTED: Final = frozenset(
    {
        "ANUS_EXPOSED",
        "BUTTOCKS_EXPOSED",
        "FEMALE_BREAST_EXPOSED",
        "FEMALE_GENITALIA_EXPOSED",
        "MALE_GENITALIA_EXPOSED",
    }
)


def main() -> None:
    # Libraries may print: what they say must not get among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(**answer: object) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    try:
        from nudenet import NudeDetector  # noqa: PLC0415 - it may not be installed, which is to be said

        detector = NudeDetector()
    except Exception as fault:  # noqa: BLE001 - whatever keeps it from starting
        say(error=f"NudeNet cannot be used ({fault}): pip install 'darkroom[picture-check]'")
        return
    say(ready=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            say(id=asked["id"], score=_score(detector.detect(base64.b64decode(asked["picture"]))))
        except Exception as fault:  # noqa: BLE001 - one picture is no reason to end
            say(id=asked["id"], error=str(fault)[:300])


def _score(found: list[dict[str, Any]]) -> float:
    return max((float(one["score"]) for one in found if one["class"] in _COUNTED), default=0.0)


if __name__ == "__main__":
    main()
