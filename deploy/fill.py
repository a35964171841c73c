"""Fill in the files of this folder for one machine: `python3 fill.py VALUES MACHINE FOLDER`. Standard library only."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]*)@")
CONTAINERS = ("compose", "kubernetes")
"""Folders for other ways to run the service than on these machines."""
MACHINES = ("db1", "db2", "db3", "node1", "node2")


class Unfilled(Exception):
    """Raised for missing values; the message names them."""


def read_values(text: str) -> dict[str, str]:
    """Return the values in a file with lines `NAME=value`."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#") and "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def of_machine(values: Mapping[str, str], machine: str) -> dict[str, str]:
    """Return `values` with the NAME and the ADDRESS of one of the five machines.

    Raises Unfilled if that machine has no address.
    """
    if machine not in MACHINES or not values.get(machine.upper()):
        raise Unfilled(f"{machine} is not one of the machines with an address: {', '.join(MACHINES)}")
    return {**values, "NAME": machine, "ADDRESS": values[machine.upper()]}


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with each `@NAME@` replaced by the value of NAME.

    Raises Unfilled if a value is missing.
    """
    missing = sorted({name for name in PLACEHOLDER.findall(text) if not values.get(name)})
    if missing:
        raise Unfilled(f"no value for {', '.join(missing)}")
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)


def templates() -> list[Path]:
    """Return the files to fill in: all but this one, the example of values, and those without placeholders."""
    files = (path for path in HERE.glob("*/*") if path.is_file() and path.suffix not in (".pyc", ".json"))
    return sorted(path for path in files if path.parent.name not in CONTAINERS)


def main() -> None:
    """Write each file, filled in, to FOLDER, readable by its owner only."""
    if len(sys.argv) != 4:
        sys.exit("usage: python3 fill.py VALUES MACHINE FOLDER")
    try:
        values = of_machine(read_values(Path(sys.argv[1]).read_text("utf-8")), sys.argv[2])
        filled = {path.relative_to(HERE): fill(path.read_text("utf-8"), values) for path in templates()}
    except (OSError, Unfilled) as fault:
        sys.exit(f"fill.py: {fault}")
    for path, text in filled.items():
        target = Path(sys.argv[3]) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o600)
        target.write_text(text, "utf-8")
        target.chmod((HERE / path).stat().st_mode & 0o100 | 0o600)
    print(f"Wrote {len(filled)} files for {sys.argv[2]} to {sys.argv[3]}.")


if __name__ == "__main__":
    main()
