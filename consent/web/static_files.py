"""Folders of static files: the built banner, the dashboard's CSS and JavaScript, the docs."""

from pathlib import Path


def static_folder() -> Path:
    """Return the folder of static files, in an installed wheel or in the project's own checkout.

    setup.cfg ships the checkout's top-level `static/` as the package folder `consent/static`.
    """
    package = Path(__file__).resolve().parents[1]
    shipped = package / "static"
    return shipped if shipped.is_dir() else package.parent / "static"


def docs_folder() -> Path | None:
    """Return the folder of the built documentation site, or None if this installation has none."""
    folder = Path(__file__).resolve().parents[1] / "docs_site"
    return folder if folder.is_dir() else None
