"""Build the documentation site into consent/docs_site, from which the service and the wheel serve it: `make docs`.

A release includes the docs of earlier releases, each in a folder named after its version.
"""

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from consent import __version__
from consent.web.docs_pages import SECTIONS, read_sections

ROOT = Path(__file__).parent.parent
SITE = ROOT / "consent" / "docs_site"
HASHES = "script-hashes.json"
"""The CSP hashes of the pages' inline scripts."""
VERSIONS = "versions.js"
"""The data of the version menu, as a script: a page opened as a file can't fetch anything."""
MAX_EARLIER = 2
"""How many earlier minor releases keep their docs; deprecated features keep working for as many."""
_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_EXTERNAL = re.compile(r'<(?:script|link|img)[^>]* (?:src|href)="(?:https?:)?//[^"]*"')
_UNNEEDED = (".buildinfo", "objects.inv", "_sources")
_LINKED = ("banner", "bench", "cluster", "consent", "deploy", "static", "tests", "tools")
"""Folders with files that pages link to; the site contains a copy of each such file."""
_LINK = re.compile(rf"\]\((?:\.\./)*((?:{'|'.join(_LINKED)})/[^)#\s]+)")


class DocsError(Exception):
    """Raised if the docs can't be built; the message says why."""


def build(target: Path = SITE, root: Path = ROOT) -> None:
    """Build the docs of `root` into the folder `target`, replacing it. Raises DocsError for any Sphinx warning."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "docs", Path(folder) / "site"
        shutil.copytree(root / "docs", source)
        _copy_linked(root, source.parent)
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-d", f"{folder}/trees"]
        environ = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(root)}
        done = subprocess.run([*command, str(source), str(out)], cwd=root, env=environ, capture_output=True, text=True)
        if done.returncode:
            raise DocsError(done.stderr.strip())
        for name in _UNNEEDED:
            shutil.rmtree(out / name, ignore_errors=True)
            (out / name).unlink(missing_ok=True)
        pages = {path: path.read_text("utf-8") for path in sorted(out.rglob("*.html"))}
        for path, text in pages.items():
            if asset := _EXTERNAL.search(text):
                raise DocsError(f"{path.relative_to(out)} loads from elsewhere: {asset[0]}")
        hashes = sorted({_hash(script) for text in pages.values() for script in _INLINE.findall(text)})
        (out / HASHES).write_text(json.dumps(hashes, indent=1), "utf-8")
        sections = list(read_sections(root / "docs"))
        (out / SECTIONS).write_text(json.dumps(sections, ensure_ascii=False, separators=(",", ":")), "utf-8")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(out, target)
    _write_versions(target, __version__, [])


def add_earlier(site: Path, repository: Path, version: str = __version__) -> list[str]:
    """Build the docs of earlier releases into folders of `site`, the docs of `version`; return their versions.

    Releases are git tags such as v1.4.2. Raises DocsError.
    """
    earlier = earlier_versions(_git(repository, "tag", "--list", "v*").decode().split(), version)
    for name in earlier:
        with (
            tempfile.TemporaryDirectory() as folder,
            tarfile.open(fileobj=io.BytesIO(_git(repository, "archive", f"v{name}"))) as archive,
        ):
            archive.extractall(folder, filter="data")
            try:
                build(site / name, Path(folder))
            except DocsError as error:
                raise DocsError(f"The docs of {name}: {error}") from None
    _write_versions(site, version, earlier)
    hashes = {one for file in site.rglob(HASHES) for one in json.loads(file.read_text("utf-8"))}
    (site / HASHES).write_text(json.dumps(sorted(hashes), indent=1), "utf-8")
    return earlier


def earlier_versions(tags: list[str], version: str) -> list[str]:
    """Return the newest release of each of the last minor versions before `version`, newest first."""
    own = tuple(map(int, version.split(".")))
    found = [tuple(map(int, match.groups())) for tag in tags if (match := _TAG.fullmatch(tag))]
    newest = {one[:2]: one for one in sorted(found) if one < own and one[:2] != own[:2]}
    return [".".join(map(str, one)) for one in sorted(newest.values(), reverse=True)[:MAX_EARLIER]]


def _write_versions(site: Path, version: str, earlier: list[str]) -> None:
    """Write into each version's folder where the other versions are, relative to its first page."""
    folders = {version: site} | {name: site / name for name in earlier}
    pages = {name: _pages(folder, leave_out=earlier) for name, folder in folders.items()}
    for own, folder in folders.items():
        paths = {name: "" if name == own else f"{name}/" if own == version else f"../{name}/" for name in folders}
        paths[version] = "" if own == version else "../"
        rows = [{"version": name, "path": paths[name], "pages": pages[name]} for name in folders]
        text = json.dumps({"own": own, "versions": rows})
        (folder / VERSIONS).write_text(f"window.docsVersions = {text}\n", "utf-8")


def _pages(folder: Path, leave_out: list[str]) -> list[str]:
    paths = (path.relative_to(folder) for path in folder.rglob("*.html"))
    return sorted(path.with_suffix("").as_posix() for path in paths if path.parts[0] not in leave_out)


def _git(repository: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise DocsError(f"git {arguments[0]} failed: {error}") from None


def _copy_linked(root: Path, target: Path) -> None:
    """Copy each file that a page links to from `root` to its place in `target`.

    Sphinx names a download by the hash of its resolved path: with a symbolic link, that path differs in each temporary
    folder, and builds wouldn't be reproducible.
    """
    pages = [*(root / "docs").rglob("*.md"), *root.glob("*.md")]
    for name in sorted({name for page in pages for name in _LINK.findall(page.read_text("utf-8"))}):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, target / name)


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


if __name__ == "__main__":
    try:
        build()
        if "--earlier" in sys.argv:
            add_earlier(SITE, ROOT)
    except DocsError as problem:
        sys.exit(f"docs: {problem}")
    print(f"{SITE.relative_to(ROOT)}: {len(list(SITE.rglob('*.html')))} pages; the service has them at /docs")
