"""Load the consent rules by place: the shipped tables, or newer ones that a user accepted for the instance."""

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from consent.core.privacy_rights import Rights
from consent.core.rules import Rules
from consent.sites.law.packages import (
    ACCEPTED,
    FILES,
    KeySet,
    PackageError,
    RulePackage,
    accepted_package,
    package_folder,
    waiting_package,
)

log = logging.getLogger(__name__)
DATA = Path(__file__).parent.parent / "data"


class _Tables:
    """The tables of this process, which serves one instance: text by file name."""

    def __init__(self) -> None:
        self.files: Mapping[str, str] = {}
        self.instance: Path | None = None
        self.jwks: KeySet = {"keys": []}
        self.problem = ""


_tables = _Tables()


def use_instance(instance: Path, jwks: KeySet) -> None:
    """Use an instance's tables in this process: those accepted for it, unless the shipped ones are newer.

    `jwks` are the instance's own receipt keys. Accepted tables that can't be verified aren't used; `rules_problem` says
    why.
    """
    _tables.instance, _tables.jwks, files, problem = instance, jwks, shipped_files(), ""
    try:
        accepted = accepted_package(instance, jwks) if (package_folder(instance) / ACCEPTED).exists() else None
    except PackageError as error:
        accepted, problem = None, f"The accepted rules are not in use, but those of this release: {error}"
    if problem and problem != _tables.problem:
        log.error("%s", problem)
    _tables.problem = problem
    if accepted and accepted.checked >= _rules_of(files).version:
        files = accepted.files
    if files != _tables.files:
        _tables.files = files
        load_rules.cache_clear()


def rules_problem() -> str:
    """Return a sentence on why the accepted tables are not in use, or an empty string."""
    return _tables.problem


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
        return waiting_package(_tables.instance, _tables.jwks) if _tables.instance else None
    except PackageError:
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
    "rules_problem",
    "shipped_files",
    "use_instance",
    "waiting_rules",
]
