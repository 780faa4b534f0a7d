"""Check images with NudeNet, as a separate program. The bot never imports it, because NudeNet is under the AGPL.

`checker` documents the lines that it reads and writes.
"""

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
    # Libraries may print to standard output: send that to standard error, and keep the original for the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(**answer: object) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    try:
        from nudenet import NudeDetector  # noqa: PLC0415 - if it is not installed, say so

        detector = NudeDetector()
    except Exception as fault:  # noqa: BLE001 - any reason why it cannot start
        say(error=f"NudeNet cannot be used ({fault}): pip install '.[picture-check]' in the folder of its code")
        return
    say(ready=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            say(id=asked["id"], score=_score(detector.detect(base64.b64decode(asked["picture"]))))
        except Exception as fault:  # noqa: BLE001 - a failure with one image must not end the program
            say(id=asked["id"], error=str(fault)[:300])


def _score(found: list[dict[str, Any]]) -> float:
    return max((float(one["score"]) for one in found if one["class"] in _COUNTED), default=0.0)


if __name__ == "__main__":
    main()
