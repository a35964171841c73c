"""`make release`: a reproducible wheel, hashes of all dependencies, a bill of materials and a signature."""

import configparser
import hashlib
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from consent import __version__
from tests.docs_commands import command_blocks
from tools.lock_requirements import wanted
from tools.npm_packages import PACKAGES, descriptions, pack
from tools.release import IMAGE, PLUGIN, ReleaseError, image_context, release, zip_plugin
from tools.sbom import sbom_text

pytestmark = pytest.mark.extended

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).relative_to(ROOT).as_posix()
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / name).read_text("utf-8").replace(" \\\n", " \n")))


def constraints() -> dict[str, str]:
    lines = (line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line)
    pairs = (line.split("==") for line in lines)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}


def test_hashed_requirements_have_the_versions_that_are_tested() -> None:
    locked = pins("requirements.txt") | pins("requirements-build.txt")
    assert locked.items() <= constraints().items()


def test_hashed_requirements_have_all_that_the_service_names() -> None:
    names = {re.sub(r"[-_.]+", "-", re.split(r"[\[>]", one)[0]).lower() for one in wanted()}
    assert names <= pins("requirements.txt").keys()
    for entry in (ROOT / "requirements.txt").read_text("utf-8").split("\n")[4:]:
        assert not entry or "==" in entry or "--hash=sha256:" in entry, entry


def test_the_bill_names_each_package_and_the_files_of_others() -> None:
    requirements = (ROOT / "requirements.txt").read_text("utf-8")
    bill = json.loads(sbom_text("0.1.0", requirements, b"wheel", 0))
    parts = {one["name"]: one for one in bill["components"]}
    assert pins("requirements.txt").items() <= {name: one["version"] for name, one in parts.items()}.items()
    assert {"htmx.org", "@picocss/pico", "uplot"} <= parts.keys()
    assert all(one["hashes"] for one in parts.values())
    assert sum("licenses" in one for one in parts.values()) > len(parts) / 2
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    refs = [one["bom-ref"] for one in bill["components"]]
    assert len(set(refs)) == len(refs)
    assert bill["metadata"]["component"]["hashes"][0]["content"] == hashlib.sha256(b"wheel").hexdigest()


def test_without_a_key_there_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="Name the key"):
        release("", tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_the_wordpress_plugin_has_the_version_of_the_service() -> None:
    folder = ROOT / PLUGIN
    named = re.search(r"^ \* Version: (\S+)$", (folder / "consent-tag-server.php").read_text("utf-8"), re.MULTILINE)
    stable = re.search(r"^Stable tag: (\S+)$", (folder / "readme.txt").read_text("utf-8"), re.MULTILINE)
    assert named
    assert stable
    assert named[1] == stable[1] == __version__


def test_the_plugin_is_zipped_the_same_way_each_time(tmp_path: Path) -> None:
    one, other = (zip_plugin(folder, 1_700_000_000) for folder in (_new(tmp_path / "1"), _new(tmp_path / "2")))
    assert one.read_bytes() == other.read_bytes()
    names = ZipFile(one).namelist()
    assert "consent-tag-server/consent-tag-server.php" in names
    assert all(name.startswith("consent-tag-server/") for name in names)


@pytest.mark.slow
def test_what_the_image_is_built_from_is_packed_the_same_way_each_time(tmp_path: Path) -> None:
    wheel = tmp_path / "some.whl"
    with ZipFile(wheel, "w") as built:
        built.writestr("consent/app.py", "not taken from the wheel")
        built.writestr("consent/docs_site/_static/theme.css", "a {}")
        built.writestr("consent/docs_site/index.html", "<h1>Docs</h1>")
    one, other = (image_context(_new(tmp_path / name), wheel, 1_700_000_000) for name in "12")
    assert one.read_bytes() == other.read_bytes()
    with tarfile.open(one) as archive:
        names = {name.removeprefix(f"{IMAGE}/") for name in archive.getnames()}
        page = archive.extractfile(f"{IMAGE}/consent/docs_site/index.html")
        assert page
        assert page.read() == b"<h1>Docs</h1>"
        assert archive.getmember(f"{IMAGE}/consent/docs_site/_static/theme.css").mode == 0o644
    recipe = (ROOT / "deploy/image/Containerfile").read_text("utf-8")
    copied = [name for line in re.findall(r"^COPY (?!--from)(.*)$", recipe, re.MULTILINE) for name in line.split()[:-1]]
    assert {"deploy/image/Containerfile", "consent/app.py", "static/blocker.js", *copied} <= names


def test_packages_for_npm_have_the_version_of_the_service_and_one_another() -> None:
    packages = descriptions()
    assert {folder.name for folder in packages} == {"core", "next", "nuxt", "react", "svelte", "vue"}
    for folder, facts in packages.items():
        assert (facts["name"], facts["version"]) == (f"@consent-server/{folder.name}", __version__)
        assert facts.get("dependencies", {}) == ({} if folder.name == "core" else {"@consent-server/core": __version__})
        assert facts["license"] == "Apache-2.0"
    copy = (PACKAGES / "core" / "consent.d.ts").read_text("utf-8")
    assert copy == (ROOT / "static" / "consent.d.ts").read_text("utf-8")


def test_packages_for_npm_hold_what_they_name_and_stand_in_the_bill(tmp_path: Path) -> None:
    archives = pack(tmp_path)
    bill = json.loads(sbom_text(__version__, "", b"wheel", 0, archives))
    parts = {one["name"]: one["hashes"][0]["content"] for one in bill["components"]}
    assert len(archives) == len(descriptions())
    for folder, facts in descriptions().items():
        path = tmp_path / f"consent-server-{folder.name}-{__version__}.tgz"
        assert parts[facts["name"]] == hashlib.sha256(path.read_bytes()).hexdigest()
        with tarfile.open(path) as archive:
            held = {name.removeprefix("package/") for name in archive.getnames()}
        own = {one.name for one in folder.iterdir() if one.is_file()}
        assert held == own | {"LICENSE"}
        named = {text for entry in facts["exports"].values() for text in entry.values()}
        assert {text.removeprefix("./") for text in named} <= held


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_release_is_whole_and_its_signature_holds(tmp_path: Path) -> None:
    """The release is made from a clone, since the checkout may have uncommitted changes."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tmp_path / "clone")], check=True)
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "release", "-f", str(key)], check=True)
    command = [sys.executable, "-m", "tools.release", str(key)]
    done = subprocess.run(command, cwd=tmp_path / "clone", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    dist = tmp_path / "clone" / "dist"
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    [wheel] = dist.glob("*.whl")
    assert wheel.name.startswith(f"{config['metadata']['name'].replace('-', '_')}-")
    assert "consent/docs_site/tutorial.html" in ZipFile(wheel).namelist()
    with tarfile.open(dist / f"{IMAGE}.tar.gz") as image:
        assert f"{IMAGE}/consent/docs_site/tutorial.html" in image.getnames()
    assert {path.name for path in dist.iterdir()} - {wheel.name} == {
        "consent-tag-server-wordpress.zip",
        "consent-tag-server-gtm.tpl",
        "consent-tag-server-image.tar.gz",
        *(f"consent-server-{name}-{__version__}.tgz" for name in ("core", "next", "nuxt", "react", "svelte", "vue")),
        "constraints.txt",
        "requirements.txt",
        "requirements-build.txt",
        "sbom.cdx.json",
        "SHA256SUMS",
        "SHA256SUMS.sig",
    }
    (dist / "signers").write_text(f"release {key.with_suffix('.pub').read_text()}")
    [check] = [block for block in command_blocks(ROOT / "docs" / "install.md") if block.run_by == HERE]
    verify = ["bash", "-euo", "pipefail", "-c", check.text]
    assert "OK" in subprocess.run(verify, cwd=dist, check=True, capture_output=True, text=True).stdout
