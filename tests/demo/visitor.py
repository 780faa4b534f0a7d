"""Somebody in front of the demo's page who uses everything on it, one thing after the other.

Each act waits until the bot has come to rest, and fails where simcord says that something went wrong in it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Locator, Page, expect

LONG: Final = 30_000.0
"""Milliseconds: two cores that others use as well are slow."""
_READY: Final = "() => { const page = window.simcordPreview; return page.ready && !page.awaitingRevision; }"
_DONE: Final = "(before) => { const done = window.simcordPreview.lastAction; return done && done.sequence > before; }"
_SEQUENCE: Final = "() => window.simcordPreview.lastAction?.sequence ?? 0"
_ACTION: Final = "() => window.simcordPreview.lastAction"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Looks at the page as one member after the other."""

    page: Page

    @property
    def messages(self) -> Locator:
        """What this member sees, the oldest first."""
        return self.page.locator("#channel-message-list article")

    def message(self, *texts: str) -> Locator:
        """The newest message with these texts."""
        found = self.messages
        for text in texts:
            found = found.filter(has_text=text)
        return found.last

    async def be(self, name: str) -> None:
        """Look at the page as this member."""
        await self._idle()
        async with _Settled(self.page):
            await self.page.get_by_label("Viewing as").select_option(label=name)
        await self._idle()

    async def use(self, command: str, /, **options: object) -> None:
        """Type a command with its options. A path is a file to attach; `True` is picked from the list."""
        await self._idle()
        composer = self.page.get_by_placeholder("Message #darkroom")
        await composer.fill("")
        await composer.press_sequentially(f"/{command}")
        entry = self.page.locator(".command-entry").filter(has=self.page.get_by_text(f"/{command}", exact=True))
        await entry.first.click()
        for name, value in options.items():
            await self._fill(name, value)
        async with _Settled(self.page):
            await self.page.locator("#send-message").click()

    async def press(self, message: Locator, label: str) -> None:
        """Press a button under a message."""
        await self._idle()
        async with _Settled(self.page):
            await message.get_by_role("button", name=label, exact=True).click()

    async def pick(self, message: Locator, option: str | re.Pattern[str]) -> None:
        """Choose in the only select of a message."""
        await self._idle()
        await message.locator(".select-trigger").click()
        async with _Settled(self.page):
            await self.page.get_by_role("option").filter(has_text=option).first.click()

    async def pick_app(self, message: Locator, name: str) -> None:
        """Choose in the menu of a message."""
        await self._idle()
        await message.click(button="right", position={"x": 200, "y": 12})
        async with _Settled(self.page):
            await self.page.get_by_role("menuitem", name=name).click()

    async def submit(self, fields: Mapping[str, str] | None = None) -> None:
        """Send the form off, with these texts in the fields of these labels."""
        form = self.page.locator("#modal-root")
        await expect(form.get_by_role("button", name="Submit")).to_be_visible(timeout=LONG)
        await self._idle()
        for label, text in (fields or {}).items():
            await form.get_by_label(label).fill(text)
        async with _Settled(self.page):
            await form.get_by_role("button", name="Submit").click()
        await expect(form).to_be_hidden(timeout=LONG)

    async def reads(self, *texts: str) -> Locator:
        """Wait for a message with these texts, the newest of which is returned."""
        found = self.message(*texts)
        await expect(found).to_be_visible(timeout=LONG)
        return found

    async def _fill(self, name: str, value: object) -> None:
        row = self.page.locator(".command-row")
        pill = row.locator(f'.command-pill[data-option="{name}"]')
        if not await pill.count():
            await row.locator(".command-ghost").click()
            await self.page.locator(".command-suggestion").get_by_text(name, exact=True).click()
        if hasattr(value, "read_bytes"):
            await pill.locator("input[type=file]").set_input_files(str(value))
            return
        field = pill.locator(".command-option-input")
        await field.press_sequentially(str(value))
        if await field.get_attribute("role") == "combobox":
            await self.page.locator(".command-suggestion").filter(has_text=str(value)).first.click()

    async def _idle(self) -> None:
        await self.page.wait_for_function(_READY, timeout=LONG)


class _Settled:
    """Around one act: it is over, and nothing went wrong in it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._before = 0

    async def __aenter__(self) -> None:
        self._before = await self._page.evaluate(_SEQUENCE)

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            return
        await self._page.wait_for_function(_DONE, arg=self._before, timeout=LONG)
        action: Any = await self._page.evaluate(_ACTION)
        assert not action["diagnostics"], action
        assert action["settlement"] == "settled", action
