"""Somebody in front of the demo's page who uses everything on it, one thing after the other.

Each act waits until the bot has come to rest, and fails where simcord says that something went wrong in it.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Locator, Page, expect
from playwright.async_api import TimeoutError as NotYet

LONG: Final = 120_000.0
"""Milliseconds: two cores that others use as well are slow."""
_SOON: Final = 5_000.0
_READY: Final = "() => { const page = window.simcordPreview; return page.ready && !page.awaitingRevision; }"
_VIEWER: Final = "() => window.simcordPreview.viewerId"
_ANOTHER: Final = "(before) => window.simcordPreview.viewerId !== before"
_LISTEN: Final = """() => {
    if (window.acts) return;
    window.acts = [];
    const send = window.fetch;
    window.fetch = async (address, request) => {
        if (address !== "/api/action") return send(address, request);
        const body = request.body instanceof FormData ? request.body.get("payload") : request.body;
        const act = { kind: JSON.parse(body).kind };
        window.acts.push(act);
        const response = await send(address, request);
        act.receipt = await response.clone().json();
        return response;
    };
}"""
"""Keep what the page sends to simcord, and what simcord says of it."""
_SENT: Final = "([before, kind]) => window.acts.findIndex((act, index) => index >= before && act.kind === kind)"
_RECEIPT: Final = "(index) => window.acts[index].receipt"
_TOO_EARLY: Final = {"busy", "stale-context", "stale-revision", "stale-sequence", "sequence-gap"}
_COMMANDS: Final = """async () => {
    const headers = { "X-Simcord-Capability": location.hash.slice(1),
        "X-Simcord-Context": window.simcordPreview.contextId };
    const catalog = await (await fetch("/api/commands", { headers })).json();
    return catalog.entries.map((entry) => entry.invocation);
}"""
_LABELS: Final = """() => [...document.querySelectorAll("article .message-components button:not(.select-trigger)")]
    .filter((button) => !button.disabled).map((button) => button.innerText)"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Looks at the page as one member after the other. `used` are commands, `seen` and `pressed` labels of buttons."""

    page: Page
    used: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    pressed: set[str] = field(default_factory=set)

    @property
    def messages(self) -> Locator:
        """What this member sees, the oldest first."""
        return self.page.locator("article[data-message-id]")

    @property
    def unpressed(self) -> set[str]:
        """The buttons that were under some message, and were not pressed."""
        return self.seen - self.pressed

    async def offered(self) -> set[str]:
        """The commands that the page offers to this member."""
        await self._idle()
        return set(await self.page.evaluate(_COMMANDS))

    async def be(self, name: str) -> None:
        """Look at the page as this member."""
        await self._idle()
        viewer = self.page.get_by_label("Viewing as")
        before = await self.page.evaluate(_VIEWER)
        await viewer.select_option(label=name)
        await self.page.wait_for_function(_ANOTHER, arg=before, timeout=LONG)
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
        await self._act("run_command", self.page.locator("#send-message").click)
        self.used.add(command)

    async def press(self, message: Locator, label: str) -> None:
        """Press a button under a message."""
        await self._act("click", message.get_by_role("button", name=label, exact=True).first.click)
        self.pressed.add(label)

    async def pick(self, message: Locator, option: str | re.Pattern[str]) -> None:
        """Choose in the only select of a message."""
        wanted = message.get_by_role("option").filter(has_text=option).first

        async def choose() -> None:
            await message.locator(".select-trigger").click()
            # A page that is drawn again meanwhile closes it.
            with contextlib.suppress(NotYet):
                await wanted.click(timeout=_SOON)

        await self._act("select", choose)

    async def pick_app(self, message: Locator, name: str) -> None:
        """Choose in the menu of a message."""

        async def choose() -> None:
            await message.click(button="right", position={"x": 200, "y": 12})
            await self.page.get_by_role("menuitem", name=name).click()

        await self._act("context_menu", choose)

    async def submit(self, fields: Mapping[str, str] | None = None) -> None:
        """Send the form off, with these texts in the fields of these labels."""
        form = self.page.locator("#modal-root")
        await expect(form.get_by_role("button", name="Submit")).to_be_visible(timeout=LONG)
        await self._idle()
        for label, text in (fields or {}).items():
            # A required field's label ends in an asterisk. "Prompt" must not match "Negative prompt".
            exact = re.compile(rf"^{re.escape(label)}( \*)?$")
            await form.get_by_role("textbox", name=exact).fill(text)
        await self._act("modal_submit", form.get_by_role("button", name="Submit").click)
        await expect(form).to_be_hidden(timeout=LONG)

    async def reads(self, *texts: str, after: Locator | None = None) -> Locator:
        """Wait for a message with these texts, a later one than `after`. Returns the newest that has them."""
        found = self.messages
        for text in texts:
            found = found.filter(has_text=text)
        if after is not None:
            found = found.and_(after.locator("xpath=following-sibling::article"))
        await expect(found.last).to_be_visible(timeout=LONG)
        message_id = await found.last.get_attribute("data-message-id")
        self.seen.update(await self.page.evaluate(_LABELS))
        return self.page.locator(f'article[data-message-id="{message_id}"]')

    async def _fill(self, name: str, value: object) -> None:
        row = self.page.locator(".command-row")
        pill = row.locator(f'.command-pill[data-option="{name}"]')
        if not await pill.count():
            await row.locator(".command-ghost").click()
            await self.page.locator(".command-suggestion").get_by_text(name, exact=True).click()
        if isinstance(value, Path):
            await pill.locator("input[type=file]").set_input_files(str(value))
            return
        field = pill.locator(".command-option-input")
        await field.press_sequentially(str(value))
        if await field.get_attribute("role") == "combobox":
            await self.page.locator(".command-suggestion").filter(has_text=str(value)).first.click()

    async def _act(self, kind: str, act: Callable[[], Awaitable[None]]) -> None:
        """Do it until simcord has taken it, and wait until it is over and nothing went wrong in it.

        The page says nothing of a press that it forgets: one on what is drawn again between the finger's going down and
        its coming up, one while it waits for an answer about something else.
        """
        await self.page.evaluate(_LISTEN)
        async with asyncio.timeout(LONG / 1000):
            while True:
                await self._idle()
                before = await self.page.evaluate("() => window.acts.length")
                await act()
                sent = await self.page.evaluate(_SENT, [before, kind])
                if sent < 0:
                    continue
                await self.page.wait_for_function(_RECEIPT, arg=sent, timeout=LONG)
                receipt: Any = await self.page.evaluate(_RECEIPT, sent)
                if not _too_early(receipt):
                    break
        assert not receipt["diagnostics"], receipt
        assert receipt["settlement"] == "settled", receipt

    async def _idle(self) -> None:
        await self.page.wait_for_function(_READY, timeout=LONG)


def _too_early(receipt: Mapping[str, Any]) -> bool:
    """Whether simcord has not even looked at it, since it was about something else at that moment."""
    codes = {one["code"] for one in receipt["diagnostics"]}
    return bool(receipt["rejected"]) and bool(codes & _TOO_EARLY)
