"""Installs the real ComfyUI for the tests: `python -m tests.real_comfyui.install`."""

import sys

from tests.real_comfyui.installation import CannotInstall, install

if __name__ == "__main__":
    try:
        print(f"ComfyUI is ready in {install()}")
    except CannotInstall as error:
        sys.exit(f"cannot install ComfyUI: {error}")
