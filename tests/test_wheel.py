from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.wheels import build_wheel

pytestmark = pytest.mark.extended

ROOT = Path(__file__).parent.parent


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder.parent).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.server
def test_the_wheel_holds_every_file_of_consent_and_static(tmp_path: Path) -> None:
    shipped = set(ZipFile(build_wheel(tmp_path)).namelist())
    wanted = files_below(ROOT / "consent") | {f"consent/{name}" for name in files_below(ROOT / "static")}
    assert wanted - shipped == set(), "name the folder under packages in setup.cfg"
    assert {name for name in shipped if not name.startswith("consent/")} == {
        name for name in shipped if ".dist-info/" in name
    }
