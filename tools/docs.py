"""Build the documentation site into consent/docs_site, where the service and the wheel have it: `make docs`."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SITE = ROOT / "consent" / "docs_site"
HASHES = "script-hashes.json"
"""The inline scripts of the pages, as a Content-Security-Policy names them."""
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_ELSEWHERE = re.compile(r'<(?:script|link|img)[^>]* (?:src|href)="(?:https?:)?//[^"]*"')
_LEFT_OUT = (".buildinfo", "objects.inv", "_sources")
_LINKED = ("banner", "bench", "cluster", "consent", "deploy", "static", "tests", "tools")
"""Folders with files that pages link to; the site has a copy of each such file."""
_LINK = re.compile(rf"\]\((?:\.\./)*((?:{'|'.join(_LINKED)})/[^)#\s]+)")


class DocsError(Exception):
    """Docs that cannot be built; the message says why."""


def build(target: Path = SITE, root: Path = ROOT) -> None:
    """Build the docs of `root` into the folder `target`, anew. Raises DocsError for whatever Sphinx warns of."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "docs", Path(folder) / "site"
        shutil.copytree(root / "docs", source)
        _copy_linked(root, source.parent)
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-d", f"{folder}/trees"]
        environ = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(root)}
        done = subprocess.run([*command, str(source), str(out)], cwd=root, env=environ, capture_output=True, text=True)
        if done.returncode:
            raise DocsError(done.stderr.strip())
        for name in _LEFT_OUT:
            shutil.rmtree(out / name, ignore_errors=True)
            (out / name).unlink(missing_ok=True)
        pages = {path: path.read_text("utf-8") for path in sorted(out.rglob("*.html"))}
        for path, text in pages.items():
            if asset := _ELSEWHERE.search(text):
                raise DocsError(f"{path.relative_to(out)} loads from elsewhere: {asset[0]}")
        hashes = sorted({_hash(script) for text in pages.values() for script in _INLINE.findall(text)})
        (out / HASHES).write_text(json.dumps(hashes, indent=1), "utf-8")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(out, target)


def _copy_linked(root: Path, target: Path) -> None:
    """Copy each file that a page links to from `root` to its place in `target`.

    Sphinx names a download by the hash of the path that it finds: behind a symbolic link that is another one in each
    folder, and no two builds would be alike.
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
    except DocsError as problem:
        sys.exit(f"docs: {problem}")
    print(f"{SITE.relative_to(ROOT)}: {len(list(SITE.rglob('*.html')))} pages; the service has them at /docs")
