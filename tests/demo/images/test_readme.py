"""Pages are read on phones as well: nobody should have to move a table sideways to see its last column."""

from pathlib import Path
from typing import Final

import pytest

from tests.demo.browser import page_at
from tests.demo.images.readme import as_github

_ROOT: Final = Path(__file__).parents[3]
_PAGES: Final = sorted([*_ROOT.glob("*.md"), *(_ROOT / "docs").glob("*.md")])
_PHONE: Final = 390
_CUT_OFF: Final = """() => [...document.querySelectorAll("table")]
    .filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.innerText.slice(0, 60))"""


@pytest.mark.browser
@pytest.mark.waits
async def test_on_a_phone_no_table_has_to_be_moved_sideways() -> None:
    cut_off: dict[str, list[str]] = {}
    async with page_at("about:blank", _PHONE, touch=True) as shown:
        for page in _PAGES:
            await shown.set_content(as_github(page))
            if tables := await shown.evaluate(_CUT_OFF):
                cut_off[page.name] = tables
    assert not cut_off
