"""The packages in integrations/npm, packed as for a release, in a framework's project."""

import json
import shutil
import tarfile
import tempfile
from pathlib import Path

from consent import __version__
from tests.guides.npm import write
from tools.npm_packages import pack

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "npm"
SERVICE = "https://consent.example.com"


def install(project: Path) -> None:
    """Install the packages into the project as npm would, but without its registry."""
    with tempfile.TemporaryDirectory() as folder:
        for path in pack(Path(folder)):
            name = path.name.removeprefix("consent-server-").split("-")[0]
            with tarfile.open(path) as archive:
                archive.extractall(Path(folder) / name, filter="data")
            target = project / "node_modules" / "@consent-server"
            target.mkdir(exist_ok=True)
            shutil.move(Path(folder) / name / "package", target / name)
    _depend_on(project, [path.name for path in (project / "node_modules" / "@consent-server").iterdir()])


def _depend_on(project: Path, names: list[str]) -> None:
    """Add the packages to the project's package.json, where bundlers look for a framework's packages."""
    facts = json.loads((project / "package.json").read_text("utf-8"))
    facts["dependencies"] = facts.get("dependencies", {}) | {f"@consent-server/{name}": __version__ for name in names}
    write(project, {"package.json": json.dumps(facts)})


def example(name: str, service: str) -> dict[str, str]:
    """Return the files of an example by path, for the service at `service`."""
    folder = EXAMPLES / name
    files = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}
    return {path: text.replace(SERVICE, service) for path, text in files.items()}
