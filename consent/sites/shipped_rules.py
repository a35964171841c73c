"""Load the consent rules by place: the shipped tables, or newer ones that a person accepted for the instance."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from consent.core.privacy_rights import Rights
from consent.core.rules import Rules
from consent.sites.law.packages import (
    ACCEPTED,
    FILES,
    PackageError,
    RulePackage,
    accepted_package,
    package_folder,
    waiting_package,
)

DATA = Path(__file__).parent.parent / "data"


class _Tables:
    """The tables of this process, which serves one instance: text by the name of the file."""

    def __init__(self) -> None:
        self.files: Mapping[str, str] = {}
        self.instance: Path | None = None


_tables = _Tables()


def use_instance(instance: Path) -> None:
    """Read the tables of an instance in this process: those that were accepted for it, unless the shipped are newer.

    Raises PackageError where what was accepted cannot be read.
    """
    _tables.instance, files = instance, shipped_files()
    if (package_folder(instance) / ACCEPTED).exists():
        accepted = accepted_package(instance)
        if accepted.checked >= _rules_of(files).version:
            files = accepted.files
    if files != _tables.files:
        _tables.files = files
        load_rules.cache_clear()


@cache
def shipped_files() -> Mapping[str, str]:
    """Return the texts of the shipped tables by the names of their files."""
    return {name: (DATA / folder / name).read_text("utf-8") for name, folder in FILES.items()}


@cache
def load_rules() -> Rules:
    """Return the rules by place, read once in a process: nobody changes them while it runs."""
    return _rules_of(_tables.files or shipped_files())


def load_rights() -> Rights:
    """Read the tables of privacy rights: what visitors may request, until when, and which authority supervises."""
    return Rights(rule_file("periods.csv"), rule_file("authorities.csv"))


def waiting_rules() -> RulePackage | None:
    """Return the package of rules that waits for a person in this instance, None also where it cannot be read."""
    try:
        return waiting_package(_tables.instance) if _tables.instance else None
    except (PackageError, OSError):
        return None


def rule_file(name: str) -> str:
    """Return the text of one of the tables."""
    return (_tables.files or shipped_files())[name]


def _rules_of(files: Mapping[str, str]) -> Rules:
    return Rules(files["regions.csv"], files["aliases.csv"])


__all__ = [
    "FILES",
    "PackageError",
    "load_rights",
    "load_rules",
    "rule_file",
    "shipped_files",
    "use_instance",
    "waiting_rules",
]
