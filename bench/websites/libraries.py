"""Serve code libraries of public CDNs from the npm package of the same version."""

import json
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

CDNS = (
    *("cdn.jsdelivr.net", "unpkg.com", "cdnjs.cloudflare.com", "code.jquery.com", "ajax.googleapis.com"),
    *("maxcdn.bootstrapcdn.com", "stackpath.bootstrapcdn.com", "netdna.bootstrapcdn.com", "use.fontawesome.com"),
    "d3e54v103j8qbb.cloudfront.net",  # Webflow's
)
KITS = ("kit.fontawesome.com",)
"""Hosts of icon scripts with individual addresses, which npm doesn't have."""
ADDRESS = re.compile(rf"(?:https?:)?//((?:{'|'.join(map(re.escape, CDNS))})/[^\"'<>\s)\\`]+)")
READ = (".html", ".js", ".mjs", ".css")
NAMES = {
    "Chart.js": "chart.js",
    "highlight.js": "@highlightjs/cdn-assets",
    "jqueryui": "jquery-ui-dist",
    "jquery.lazy": "jquery-lazy",
    "orestbida/cookieconsent": "vanilla-cookieconsent",
    "prism": "prismjs",
    "releases": "@fortawesome/fontawesome-free",
    "twitter-bootstrap": "bootstrap",
    "webfont": "webfontloader",
}
"""The npm names of libraries that have another name on a CDN."""
NPM = r"(?P<name>(?:@[^/]+/)?[^/@]+)(?:@(?P<version>[^/]+))?(?:/(?P<file>.*))?"
LIBS = r"(?P<name>[^/]+)/(?P<version>[^/]+)/(?P<file>.+)"
FORMS = [
    re.compile(form)
    for form in (
        rf"(?:cdn\.jsdelivr\.net/npm|unpkg\.com)/{NPM}",
        r"cdn\.jsdelivr\.net/gh/(?P<name>[^/]+/[^/@]+)(?:@(?P<version>[^/]+))?(?:/(?P<file>.*))?",
        r"ajax\.googleapis\.com/ajax/libs/(?P<name>webfont)/(?P<version>[^/]+)/(?P<file>)webfont\.js",
        rf"(?:cdnjs\.cloudflare\.com|ajax\.googleapis\.com)/ajax/libs/{LIBS}",
        rf"(?:maxcdn|stackpath|netdna)\.bootstrapcdn\.com/{LIBS}",
        r"code\.jquery\.com/(?P<name>jquery)(?:-(?P<version>\d[\w.]*?))?(?P<file>(?:\.slim)?(?:\.min)?\.js)",
        r"d3e54v103j8qbb\.cloudfront\.net/js/(?P<name>jquery)-(?P<version>\d[\d.]*)(?P<file>\.min)\.\w+\.js",
        r"use\.fontawesome\.com/(?P<name>releases)/v(?P<version>[^/]+)/(?P<file>.+)",
    )
]
UNVERSIONED = {"jquery": "1.11.1"}
"""The version that a CDN serves at an address without one; for other packages, the newest."""


class Wanted(NamedTuple):
    """A file of a package: its whole path, or its end if the CDN uses another folder; "" is the package's main file."""

    package: str
    version: str
    file: str

    @property
    def archive(self) -> str:
        """Return the name of the package's archive."""
        return f"{self.package.replace('/', '+')}@{self.version}.tgz"


def wanted_at(address: str) -> Wanted | None:
    """Return what `address`, a host with a path, serves from npm, or None if that is unknown."""
    address = re.split(r"[?#]", address)[0]
    found = next((match for form in FORMS if (match := form.fullmatch(address))), None)
    name = found["name"] if found else ""
    package = NAMES.get(name, "" if "/gh/" in address else name)
    if not found or not package:
        return None
    version = found["version"] or (UNVERSIONED.get(package, "") if "code.jquery" in address else "") or "latest"
    file = found["file"] or ""
    return Wanted(package, version, f"jquery{file.removesuffix('.js')}.js" if file.startswith(".") else file)


def is_library(address: str) -> bool:
    """Return whether the host of `address` serves code libraries."""
    return address.partition("/")[0] in (*CDNS, *KITS)


def addresses_in(folders: Iterable[Path]) -> set[str]:
    """Return the addresses of libraries that the files in `folders` contain."""
    return {found for folder in folders for text in _texts(folder) for found in ADDRESS.findall(text)}


def _texts(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.suffix in READ and path.is_file():
            yield path.read_text("utf-8", "replace")


def fetch(addresses: Iterable[str], shelf: Path) -> list[str]:
    """Download the packages of `addresses` into `shelf` with npm; return the addresses for which npm has nothing."""
    shelf.mkdir(parents=True, exist_ok=True)
    wanted = {address: wanted_at(address) for address in addresses}
    for one in {(want.package, want.version, want.archive) for want in wanted.values() if want}:
        _pack(*one, shelf)
    return sorted(address for address, want in wanted.items() if not want or not (shelf / want.archive).exists())


def _pack(package: str, version: str, archive: str, shelf: Path) -> None:
    missing = shelf / f"{archive}.missing"
    if (shelf / archive).exists() or missing.exists():
        return
    command = ["npm", "pack", "--silent", f"{package}@{version}"]
    done = subprocess.run(command, cwd=shelf, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        (shelf / done.stdout.split()[-1]).rename(shelf / archive)
    else:
        missing.write_text(done.stderr)


def read(address: str, shelf: Path) -> bytes | None:
    """Return the file at `address`, or None if `shelf` doesn't have it."""
    want = wanted_at(address)
    path = shelf / want.archive if want else None
    if not want or not path or not path.exists():
        return None
    files = _unpacked(path)
    return files.get(_name_in(files, want.file))


@lru_cache
def _unpacked(path: Path) -> dict[str, bytes]:
    """Return a package's files by path."""
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isfile()]
        return {m.name.partition("/")[2]: found.read() for m in members if (found := archive.extractfile(m))}


def _name_in(files: dict[str, bytes], wanted: str) -> str:
    """Return the path of the wanted file; of several with this ending, the one in the shallowest `dist`."""
    if not wanted:
        return _main_of(files)
    if wanted in files:
        return wanted
    plain = [name for name in files if f"/{name}".endswith(f"/{wanted}")]
    names = plain or [name for name in files if name.rpartition("/")[2] == wanted.rpartition("/")[2]]
    return min(names, key=lambda name: ("dist" not in name, name.count("/"), name), default="")


def _main_of(files: dict[str, bytes]) -> str:
    facts = json.loads(files.get("package.json", b"{}"))
    main = facts.get("jsdelivr") or facts.get("unpkg") or facts.get("browser") or facts.get("main") or "index.js"
    return str(main).removeprefix("./") if isinstance(main, str) else "index.js"
