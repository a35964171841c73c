"""List of the tested websites, and the folder with their files."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

LIST = Path(__file__).parent / "sites.toml"
OWN_PAGES = Path(__file__).parent / "pages"
"""Our own pages, which do what real ones do and break whatever isn't built for it."""


class NoSites(Exception):
    """Raised if there is nothing to test; the message says in one sentence what to do."""


class Website(NamedTuple):
    """One site: the host that it is served from, the tested paths, and where its files are and came from."""

    name: str
    host: str
    pages: tuple[str, ...]
    folder: Path
    repository: str = ""
    commit: str = ""
    form: str = ""
    headers: str = ""
    """The file that lists the headers of its server."""
    allowed: tuple[str, ...] = ()
    """Hosts of the site's own code, which its owner has allowed."""

    @property
    def origin(self) -> str:
        """Return the origin of its pages."""
        return f"https://{self.host}"

    @property
    def domain(self) -> str:
        """Return the host without `www.`: all hosts below it are the site's own."""
        return self.host.removeprefix("www.")


def read_sites(folder: str, only: str, pages: int | None, own_list: Path | None = None) -> list[Website]:
    """Return the sites whose files are in `folder`, and our own one, with at most `pages` pages each.

    `only` is the name of a single site. `own_list` replaces our list and our own pages. Raises NoSites.
    """
    if not folder:
        raise NoSites(
            "SITES names no folder: SITES=DIR make bench-websites, DIR with the files of each site (docs/benchmarks.md)."
        )
    if not Path(folder).is_dir():
        raise NoSites(f"SITES={folder} is no folder: put the files of each site into DIR/NAME (docs/benchmarks.md).")
    lists = [own_list] if own_list else [LIST, OWN_PAGES / "sites.toml"]
    every = [_website(entry, Path(folder)) for path in lists for entry in _read_list(path)]
    found = [site for site in every if site.folder.is_dir() and only in ("", site.name)]
    if not found:
        raise NoSites(f"{folder} has none of {', '.join(site.name for site in every)}.")
    return [site._replace(pages=site.pages[:pages]) for site in found]


def _read_list(path: Path) -> list[dict[str, Any]]:
    try:
        return [_check_entry(entry) for entry in tomllib.loads(path.read_text("utf-8"))["sites"]]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as why:
        raise NoSites(
            f"{path} is no list of sites, each with a name, a host and pages: {why} (docs/benchmarks.md)."
        ) from None


def _check_entry(entry: dict[str, Any]) -> dict[str, Any]:
    if missing := {"name", "host", "pages"} - entry.keys():
        raise KeyError(*sorted(missing))
    if unknown := entry.keys() - {*Website._fields} | entry.keys() & {"folder"}:
        raise TypeError(f"unknown: {', '.join(sorted(unknown))}")
    return entry


def _website(entry: dict[str, Any], folder: Path) -> Website:
    place = OWN_PAGES / entry["name"] if entry.get("form") == "own" else folder / entry["name"]
    lists = {name: tuple(entry.get(name, ())) for name in ("pages", "allowed")}
    return Website(**(entry | lists), folder=place)
