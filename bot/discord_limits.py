"""Discord's limits that several modules depend on. Texts are counted in characters."""

from __future__ import annotations

from typing import Final

CONTENT: Final = 2000
"""The text of a message."""
EMBED: Final = 4096
"""The description of an embed."""
NONCE: Final = 25
"""The nonce of a message."""
TYPED: Final = 4000
"""The text in a field of a form."""
FORM_TITLE: Final = 45
"""The title of a form, and the label of a field."""
CHOICE: Final = 100
"""A choice's name and value, and the description of a choice, an option or a command."""
CHOICES: Final = 25
"""The choices of an autocomplete, and the options of a select."""
OPTIONS: Final = 25
"""The options of a command."""
