"""The software bill of materials of a release, as CycloneDX 1.6: made from requirements.txt, without a network."""

import hashlib
import importlib.metadata
import json
import re
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAME = "consent-tag-server"
VENDORED = Path(__file__).parent.parent / "static" / "dashboard" / "vendor"
_REQUIREMENT = re.compile(r"^([a-z0-9-]+)==(\S+)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
_VENDORED = re.compile(r"(?P<name>[a-z]+)-(?P<version>\d+\.\d+\.\d+)(\.\w+)*\.(js|css)")
NAMES = {"htmx": "htmx.org", "pico": "@picocss/pico", "uplot": "uplot"}
"""The npm packages from which the vendored files come, by the names of the files."""


def sbom_text(version: str, requirements: str, wheel: bytes, epoch: int, archives: Sequence[Path] = ()) -> str:
    """Return the SBOM of a `wheel`: the packages in the hashed `requirements`, and the vendored files inside it.

    `archives` are the npm packages released with it, `consent-server-NAME-VERSION.tgz`.
    """
    components = [*_packages(requirements), *_vendored(), *(_archive(path, version) for path in archives)]
    root = f"pkg:pypi/{NAME}@{version}"
    itself = {
        "type": "application",
        "bom-ref": root,
        "name": NAME,
        "version": version,
        "purl": root,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel).hexdigest()}],
    }
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # Derived from the contents, so that two builds of a commit are identical.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(wheel).hexdigest())}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
            "lifecycles": [{"phase": "build"}],
            "component": itself,
        },
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": sorted(one["bom-ref"] for one in components)}],
    }
    return json.dumps(bill, indent=2, ensure_ascii=False) + "\n"


def _packages(requirements: str) -> list[dict[str, Any]]:
    found = []
    for name, version, hashes in _REQUIREMENT.findall(requirements):
        purl = f"pkg:pypi/{name}@{version}"
        files = [_hash(one) for one in re.findall(r"[0-9a-f]{64}", hashes)]
        part = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "hashes": files}
        found.append(part | _license(name, version))
    return found


def _license(name: str, version: str) -> dict[str, Any]:
    """Return the license that the package declares, if it is installed here in that version."""
    try:
        facts = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return {}
    if facts["Version"] != version:
        return {}
    if expression := facts.get("License-Expression"):
        return {"licenses": [{"expression": expression}]}
    named = [one.rpartition(" :: ")[2] for one in facts.get_all("Classifier", []) if one.startswith("License ::")]
    lines = (facts.get("License") or "").strip().splitlines()
    names = named or [line for line in lines[:1] if len(line) <= 60]
    return {"licenses": [{"license": {"name": one}} for one in names]} if names else {}


def _vendored() -> list[dict[str, Any]]:
    """Return the third-party scripts and style sheets in the wheel."""
    found = []
    for path in sorted(VENDORED.iterdir()):
        if matched := _VENDORED.fullmatch(path.name):
            name, version = NAMES[matched["name"]], matched["version"]
            purl = f"pkg:npm/{name.replace('@', '%40')}@{version}"
            part = {"type": "library", "bom-ref": f"{purl}#{path.name}", "name": name, "version": version, "purl": purl}
            hashes = [_hash(hashlib.sha256(path.read_bytes()).hexdigest())]
            found.append(part | {"description": f"static/dashboard/vendor/{path.name}", "hashes": hashes})
    return found


def _archive(path: Path, version: str) -> dict[str, Any]:
    """Return one of the project's own npm packages."""
    name = path.name.removeprefix("consent-server-").removesuffix(f"-{version}.tgz")
    purl = f"pkg:npm/%40consent-server/{name}@{version}"
    part = {"type": "library", "bom-ref": purl, "name": f"@consent-server/{name}", "version": version, "purl": purl}
    digest = _hash(hashlib.sha256(path.read_bytes()).hexdigest())
    return part | {"description": path.name, "hashes": [digest], "licenses": [{"license": {"id": "Apache-2.0"}}]}


def _hash(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}
