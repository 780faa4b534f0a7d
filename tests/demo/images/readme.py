"""`python -m tests.demo.images.readme FOLDER` renders the README as GitHub shows it, on a desk and on a phone."""

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

from tests.demo.browser import page_at

_ROOT: Final = Path(__file__).parents[3]
_WIDTHS: Final = {"desktop": 1280, "phone": 390}
_FIRST_SCREEN: Final = {"desktop": 800, "phone": 844}
_PAGE: Final = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<base href="{base}/"><style>
body {{ font: 16px/1.5 -apple-system, "Noto Sans", "Liberation Sans", sans-serif; color: #1f2328; margin: 0 auto;
  padding: 32px; max-width: 830px; overflow-wrap: break-word; }}
@media (max-width: 600px) {{ body {{ padding: 16px; }} }}
h1, h2 {{ border-bottom: 1px solid #d1d9e0; padding-bottom: .3em; line-height: 1.25; margin: 24px 0 16px; }}
a {{ color: #0969da; }}
img {{ max-width: 100%; vertical-align: bottom; }}
code, pre {{ font: 85%/1.45 "DejaVu Sans Mono", monospace; background: #818b981f; border-radius: 6px; }}
code {{ padding: .2em .4em; white-space: break-spaces; }}
pre {{ padding: 16px; overflow: auto; background: #f6f8fa; font-size: 13.6px; }}
pre code {{ padding: 0; background: none; font-size: 100%; white-space: pre; }}
table {{ display: block; width: max-content; max-width: 100%; overflow: auto; border-collapse: collapse; }}
th, td {{ border: 1px solid #d1d9e0; padding: 6px 13px; }}
tr:nth-child(2n) {{ background: #f6f8fa; }}
</style>{body}"""


def as_github(page: Path) -> str:
    """The page as HTML, about as GitHub shows it."""
    body = MarkdownIt("commonmark").enable("table").render(page.read_text(encoding="utf-8"))
    return _PAGE.format(base=page.parent.as_uri(), body=body)


async def render(page: Path, folder: Path) -> None:
    """Write an image of the whole page and one of its first screen for each width."""
    with tempfile.TemporaryDirectory() as scratch:
        html = Path(scratch) / "page.html"
        html.write_text(as_github(page), encoding="utf-8")
        for name, width in _WIDTHS.items():
            height = _FIRST_SCREEN[name]
            async with page_at(html.as_uri(), width, height, touch=name == "phone") as shown:
                wide = await shown.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{page.name} is {wide} pixels wide on a {name}"
                await shown.screenshot(path=folder / f"{page.stem}-{name}-first.png")
                await shown.screenshot(path=folder / f"{page.stem}-{name}.png", full_page=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.demo.images.readme", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to put the images")
    parser.add_argument("page", type=Path, nargs="?", default=_ROOT / "README.md", help="the page (default: README.md)")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(render(given.page.resolve(), given.folder))


if __name__ == "__main__":
    main()
