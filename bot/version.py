"""The version of the program. docs/versions.md says what it promises."""

from typing import Final

VERSION: Final = "1.0.0"
