"""Load the consent rules by place: the shipped tables, or newer ones that a user accepted for the instance."""

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
    """The tables of this process, which serves one instance: text by file name."""

    def __init__(self) -> None:
        self.files: Mapping[str, str] = {}
        self.instance: Path | None = None


_tables = _Tables()


def use_instance(instance: Path) -> None:
    """Use an instance's tables in this process: those accepted for it, unless the shipped ones are newer.

    Raises PackageError if the accepted tables can't be read.
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
    """Return the text of each shipped table by file name."""
    return {name: (DATA / folder / name).read_text("utf-8") for name, folder in FILES.items()}


@cache
def load_rules() -> Rules:
    """Return the rules by place, read once per process, since they don't change while it runs."""
    return _rules_of(_tables.files or shipped_files())


def load_rights() -> Rights:
    """Read the tables of privacy rights: what visitors may request, the deadlines, and the supervisory authorities."""
    return Rights(rule_file("periods.csv"), rule_file("authorities.csv"))


def waiting_rules() -> RulePackage | None:
    """Return the package of rules waiting for a user in this instance, None if there is none or it can't be read."""
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
