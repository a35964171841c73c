import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
SOURCES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder.parent).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def build_wheel(tree: Path) -> set[str]:
    """Build a wheel from a copy of the project (setuptools writes beside its sources) and list it."""
    for name in SOURCES:
        shutil.copy(ROOT / name, tree)
    for name in ("consent", "static"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    done = subprocess.run([sys.executable, "-c", build], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tree / "dist").glob("*.whl")
    return set(ZipFile(wheel).namelist())


def test_the_wheel_holds_every_file_of_consent_and_static(tmp_path: Path) -> None:
    shipped = build_wheel(tmp_path)
    wanted = files_below(ROOT / "consent") | {f"consent/{name}" for name in files_below(ROOT / "static")}
    assert wanted - shipped == set(), "name the folder under packages in setup.cfg"
    assert {name for name in shipped if not name.startswith("consent/")} == {
        name for name in shipped if ".dist-info/" in name
    }
