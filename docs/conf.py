"""How Sphinx builds the documentation site: `make docs`."""

from pathlib import Path

from sphinx.application import Sphinx

from consent import __version__
from tools.docs_reference import write_reference

DOCS = Path(__file__).parent
"""A copy of the folder, in which the pages that come from code are written."""

project = "Consent and tag server"
version = release = __version__
language = "en"
html_title = f"{project} {release}"
html_short_title = project
copyright = "its authors, Apache License 2.0"

extensions = ["myst_parser"]
exclude_patterns = ["images", "examples", "_templates"]
myst_heading_anchors = 4
# Examples leave out with an ellipsis what does not matter; no lexer of HTML or JSON knows one.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/versions.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_css_files = ["docs.css"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_permalinks_icon = "#"

OUTSIDE = {"CHANGELOG.md": "changelog", "CONTRIBUTING.md": "contributing", "SECURITY.md": "security-policy"}
"""Pages of the repository's top folder, and their names in the site."""


def setup(app: Sphinx) -> None:
    """Write the pages that come from code, and let links to the top folder find their pages."""
    app.connect("builder-inited", lambda app: write_reference(DOCS / "generated", OUTSIDE))
    app.connect("source-read", _link_to_generated)


def _link_to_generated(app: Sphinx, name: str, source: list[str]) -> None:
    up = "../" * name.count("/")
    for file, page in OUTSIDE.items():
        source[0] = source[0].replace(f"]({up}../{file}", f"]({up}generated/{page}.md")
    if name == "decisions/README":
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n0*\n```\n"
