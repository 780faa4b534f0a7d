"""Limits of Discord that several modules need. Texts are counted in characters."""

from typing import Final

CONTENT: Final = 2000
"""The text of a message."""
EMBED: Final = 4096
"""The text of an embed."""
FILES: Final = 10
"""The number of files of a message."""
FILE_BYTES: Final = 24 * 2**20
"""Bytes of all files in one request. Discord accepts 25 MiB, and some of that is not files."""
NONCE: Final = 25
"""The nonce of a message."""
TYPED: Final = 4000
"""The text in a field of a form."""
FIELD_HINT: Final = 100
"""The description of a field of a form."""
FORM_TITLE: Final = 45
"""The title of a form, and the label of a field."""
ALTERNATIVE_TEXT: Final = 1024
"""The description of an attachment."""
CHOICE: Final = 100
"""The name and the value of a choice, and the description of a choice, an option or a command."""
CHOICES: Final = 25
"""The number of choices of an option, of an autocompletion and of a select."""
OPTIONS: Final = 25
"""The number of options of a command."""
