"""An image check of the tests' own: speaks the same lines, and is sure of what is red.

`python looking.py FOLDER [FAULT]`: it writes a file into FOLDER for every image that it has seen. FAULT: `absent`
says that it cannot start, `dies` ends at every image, `dies-once` at its first one, `hangs` never answers, `waits`
answers once somebody writes to the pipe `go` in FOLDER.
"""

import base64
import io
import json
import os
import sys
from pathlib import Path

from PIL import Image


def main() -> None:
    folder = Path(sys.argv[1])
    fault = sys.argv[2] if len(sys.argv) > 2 else ""
    if fault == "absent":
        print(json.dumps({"error": "it is not installed"}), flush=True)
        return
    (folder / f"started-{os.getpid()}").touch()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if fault == "dies" or (fault == "dies-once" and len(list(folder.glob("started-*"))) == 1):
            return
        if fault == "hangs":
            continue
        (folder / f"seen-{os.getpid()}-{asked['id']}").touch()
        if fault == "waits":
            (folder / "go").read_text(encoding="utf-8")
        with Image.open(io.BytesIO(base64.b64decode(asked["picture"]))) as picture:
            red, green, _ = picture.convert("RGB").resize((1, 1)).tobytes()
        print(json.dumps({"id": asked["id"], "score": 0.9 if red > 2 * green else 0.1}), flush=True)


if __name__ == "__main__":
    main()
