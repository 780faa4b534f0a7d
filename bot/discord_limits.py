"""How much Discord takes, as far as more than a schema of ours depends on it. Texts count in characters."""

from __future__ import annotations

from typing import Final

CONTENT: Final = 2000
"""Of a message."""
EMBED: Final = 4096
"""Of an embed's text."""
NONCE: Final = 25
TYPED: Final = 4000
"""Of what is filled into a field of a form."""
FORM_TITLE: Final = 45
"""Also of the label over a field."""
CHOICE: Final = 100
"""Of a choice, what it stands for, and a description: of choices, options and commands."""
CHOICES: Final = 25
"""Of an option, while somebody types, and of a select."""
OPTIONS: Final = 25
"""Of a command."""
