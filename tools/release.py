"""Build a release in dist/: wheel, packages, image context, requirements, SBOM, checksums, signature. Uploads nothing.

    make release KEY=~/.ssh/release_key      # an OpenSSH private key
    make release KEY=release@example.com     # a GnuPG key

The wheel is built twice, from two copies of the commit in two folders, and both must be identical to the byte. No
network is needed.
"""

import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

from tools.docs import DocsError, add_earlier
from tools.docs import build as build_docs
from tools.npm_packages import PackError, pack
from tools.sbom import sbom_text

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
SUMS = "SHA256SUMS"
PLUGIN = Path("integrations/wordpress/consent-tag-server")
TEMPLATE = Path("integrations/gtm/template.tpl")
"""For Google Tag Manager."""
CONTAINERFILE = Path("deploy/image/Containerfile")
IMAGE = "consent-tag-server-image"
DOCS = "consent/docs_site/"
"""The documentation site within the wheel and the checkout."""
COPIED = ("constraints.txt", "requirements.txt", "requirements-build.txt")
NAMESPACE = "file"
"""The namespace for `ssh-keygen -Y verify -n file`."""
_BUILD = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"


class ReleaseError(Exception):
    """Raised if the release can't be built; the message is a sentence."""


def release(key: str, dist: Path = DIST) -> list[Path]:
    """Build the committed state into `dist`, signed with `key`, and return the files. Raises ReleaseError."""
    if not key:
        raise ReleaseError("Name the key that signs: make release KEY=FILE, or KEY=NAME of a key of GnuPG.")
    if _git("status", "--porcelain", "--untracked-files=no"):
        raise ReleaseError("There are changes that are not committed.")
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir(parents=True)
    epoch = _git("show", "--no-patch", "--format=%ct", "HEAD")
    wheel = reproducible_wheel(dist, epoch)
    for name in COPIED:
        shutil.copy(ROOT / name, dist)
    zip_plugin(dist, int(epoch))
    image_context(dist, wheel, int(epoch))
    shutil.copy(ROOT / TEMPLATE, dist / "consent-tag-server-gtm.tpl")
    try:
        archives = pack(dist)
    except PackError as error:
        raise ReleaseError(str(error)) from None
    version = re.fullmatch(r"consent_tag_server-(.+?)-.*\.whl", wheel.name)
    assert version  # noqa: S101 - setuptools has named it
    requirements = (ROOT / "requirements.txt").read_text("utf-8")
    bill = sbom_text(version[1], requirements, wheel.read_bytes(), int(epoch), archives)
    (dist / "sbom.cdx.json").write_text(bill, "utf-8")
    files = sorted(dist.iterdir())
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (dist / SUMS).write_text(sums, "utf-8")
    return [*files, dist / SUMS, sign(dist / SUMS, key)]


def reproducible_wheel(dist: Path, epoch: str) -> Path:
    """Build the wheel twice, put it into `dist` and return it. Raises ReleaseError if the two differ."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = (build_wheel(Path(folder), epoch) for folder in (one, other))
        if first.read_bytes() != second.read_bytes():
            raise ReleaseError("Two builds of the wheel differ.")
        return Path(shutil.copy(first, dist))


def zip_plugin(dist: Path, epoch: int) -> Path:
    """Write a zip of the committed WordPress plugin to `dist`, with all times set to `epoch`, and return its path."""
    path, when = dist / f"{PLUGIN.name}-wordpress.zip", time.gmtime(epoch)[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(_git("ls-files", str(PLUGIN)).splitlines()):
            inside = f"{PLUGIN.name}/{Path(name).relative_to(PLUGIN)}"
            archive.writestr(zipfile.ZipInfo(inside, when), (ROOT / name).read_bytes(), zipfile.ZIP_DEFLATED)
    return path


def image_context(dist: Path, wheel: Path, epoch: int) -> Path:
    """Write what the image is built from to `dist`, as a tar of one folder, and return its path.

    It contains the committed files, and the documentation site from `wheel`, since the image's build has no Sphinx.
    """
    path = dist / f"{IMAGE}.tar.gz"
    names = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / CONTAINERFILE).read_text("utf-8"), re.MULTILINE)
    copied = (CONTAINERFILE.as_posix(), *" ".join(names).split())
    packed = io.BytesIO(_run("git", "archive", "--format=tar", f"--prefix={IMAGE}/", "HEAD", *copied))
    with zipfile.ZipFile(wheel) as built, tarfile.open(fileobj=packed, mode="a") as archive:
        for name in sorted(name for name in built.namelist() if name.startswith(DOCS) and not name.endswith("/")):
            content = built.read(name)
            member = tarfile.TarInfo(f"{IMAGE}/{name}")
            member.size, member.mtime = len(content), epoch
            archive.addfile(member, io.BytesIO(content))
    path.write_bytes(gzip.compress(packed.getvalue(), mtime=0))
    return path


def build_wheel(folder: Path, epoch: str) -> Path:
    """Build the wheel of the commit in `folder`, with all times set to `epoch`, and return its path."""
    with tarfile.open(fileobj=io.BytesIO(_run("git", "archive", "--format=tar", "HEAD"))) as archive:
        archive.extractall(folder / "source", filter="data")
    source = folder / "source"
    try:
        build_docs(source / "consent" / "docs_site", source)
        add_earlier(source / "consent" / "docs_site", ROOT)
    except DocsError as error:
        raise ReleaseError(f"The docs cannot be built: {error}") from None
    out = folder / "wheel"
    out.mkdir()
    # The umask determines the file modes in the wheel.
    environ = os.environ | {"SOURCE_DATE_EPOCH": epoch, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", _BUILD, str(out)]
    done = subprocess.run(command, cwd=source, env=environ, capture_output=True, text=True, umask=0o022)
    if done.returncode:
        raise ReleaseError(f"The wheel cannot be built: {done.stderr.strip()[-500:]}")
    [wheel] = out.glob("*.whl")
    return wheel


def sign(file: Path, key: str) -> Path:
    """Write a detached signature next to `file` and return its path: by OpenSSH if `key` is a file, else by GnuPG."""
    path = Path(key).expanduser()
    if path.is_file():
        target = file.with_name(f"{file.name}.sig")
        _run("ssh-keygen", "-q", "-Y", "sign", "-f", str(path), "-n", NAMESPACE, str(file))
    else:
        target = file.with_name(f"{file.name}.asc")
        _run("gpg", "--batch", "--yes", "--local-user", key, "--armor", "--detach-sign", "-o", str(target), str(file))
    return target


def _git(*arguments: str) -> str:
    return _run("git", *arguments).decode().strip()


def _run(*command: str) -> bytes:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise ReleaseError(f"There is no {command[0]} here.") from None
    except subprocess.CalledProcessError as error:
        raise ReleaseError(f"{command[0]} failed: {error.stderr.decode(errors='replace').strip()[-500:]}") from None


if __name__ == "__main__":
    try:
        for made in release(sys.argv[1] if len(sys.argv) > 1 else ""):
            print(f"{made.stat().st_size:>10,}  {made.relative_to(ROOT)}")
    except ReleaseError as problem:
        sys.exit(f"release: {problem}")
