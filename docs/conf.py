"""How `make docs` turns these pages into a site. They are written to be read as files as well."""

import re
from pathlib import Path
from typing import Final

from sphinx.application import Sphinx

project = "Darkroom"
html_title = "Darkroom"
html_theme = "furo"
language = "en"
extensions = ["myst_parser"]
myst_enable_extensions = ["html_image"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 4

# The checkout is the source, so that a link is the same in a file and on the site.
include_patterns = ["*.md", "docs/*.md"]
exclude_patterns = [".*", "bot", "tests", "workflows", "data", "comfyui", "site"]
root_doc = "docs/index"

html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False

_PART: Final = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_PAGE: Final = re.compile(r"^- \[(.+)\]\(([\w./-]+)\.md\)", re.MULTILINE)


def _add_navigation(_app: Sphinx, page: str, content: list[str]) -> None:
    """The first page's lists of links become the site's menu."""
    if page == root_doc:
        for title, text in _PART.findall(content[0]):
            pages = "\n".join(f"{name} <{path}>" for name, path in _PAGE.findall(text))
            content[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{pages}\n```\n"


def _lead_in(app: Sphinx, failed: Exception | None) -> None:
    """A site's address ends at its root; the first page is in docs/, as its file is."""
    if failed is None:
        (Path(app.outdir) / "index.html").write_text(
            f'<!doctype html><meta http-equiv="refresh" content="0; url={root_doc}.html"><title>{project}</title>\n',
            encoding="utf-8",
        )


def setup(app: Sphinx) -> None:
    app.connect("source-read", _add_navigation)
    app.connect("build-finished", _lead_in)
