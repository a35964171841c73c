"""The files of deploy/, filled in as an operator would, with values for the machines in the docs."""

import re
import secrets
from pathlib import Path

from deploy.fill import HERE, fill, of_machine, read_values

ROOT = HERE.parent
METRIC = re.compile(r"\b(?:consent|haproxy|patroni|etcd)_[a-z0-9_]+\b")


def values(**changes: str) -> dict[str, str]:
    """Return the example values, with a generated secret for each empty one."""
    found = read_values((HERE / "values.example").read_text("utf-8"))
    return {name: value or secrets.token_hex(16) for name, value in found.items()} | changes


def filled(name: str, machine: str = "node1", **changes: str) -> str:
    """Return the text of a file for one machine."""
    return fill((HERE / name).read_text("utf-8"), of_machine(values(**changes), machine))


def named_metrics() -> dict[str, set[str]]:
    """Return the metrics that the rules and the dashboard refer to, by program."""
    found: dict[str, set[str]] = {}
    for path in (HERE / "prometheus" / "consent.rules.yml", HERE / "grafana" / "consent.json"):
        for name in METRIC.findall(path.read_text("utf-8")):
            found.setdefault(name.partition("_")[0], set()).add(name)
    return found


def is_there(name: str, text: str) -> bool:
    """Return whether `text`, in Prometheus's format, has a sample with that name."""
    return re.search(rf"^{name}[{{ ]", text, re.MULTILINE) is not None


def write(folder: Path, name: str, text: str) -> Path:
    target = folder / Path(name).name
    target.write_text(text, "utf-8")
    return target
