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
"""Hosts of code that draws icons, each under an address of its own, so that npm has none of it."""
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
"""What npm calls a library that a CDN has under another name."""
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
"""What a CDN serves under an address that names no version; else the newest."""


class Wanted(NamedTuple):
    """A file of a package: its whole path, or how it ends where the CDN has another folder; "" is the package's main."""

    package: str
    version: str
    file: str

    @property
    def archive(self) -> str:
        """Return the name of the file that keeps the package."""
        return f"{self.package.replace('/', '+')}@{self.version}.tgz"


def wanted_at(address: str) -> Wanted | None:
    """Return what `address`, a host with a path, serves of npm; None where it is not known to."""
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
    """Tell whether `address` is of a host that serves code libraries."""
    return address.partition("/")[0] in (*CDNS, *KITS)


def addresses_in(folders: Iterable[Path]) -> set[str]:
    """Return the addresses of libraries that the files of `folders` name."""
    return {found for folder in folders for text in _texts(folder) for found in ADDRESS.findall(text)}


def _texts(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.suffix in READ and path.is_file():
            yield path.read_text("utf-8", "replace")


def fetch(addresses: Iterable[str], shelf: Path) -> list[str]:
    """Put the packages of `addresses` into `shelf` by npm; return those addresses that npm has nothing for."""
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
    """Return the file at `address`, None where `shelf` has it not."""
    want = wanted_at(address)
    path = shelf / want.archive if want else None
    if not want or not path or not path.exists():
        return None
    files = _unpacked(path)
    return files.get(_name_in(files, want.file))


@lru_cache
def _unpacked(path: Path) -> dict[str, bytes]:
    """Return the files of a package by their paths in it."""
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isfile()]
        return {m.name.partition("/")[2]: found.read() for m in members if (found := archive.extractfile(m))}


def _name_in(files: dict[str, bytes], wanted: str) -> str:
    """Return the path of the file that is meant; of several that end so, the one in the shallowest `dist`."""
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
