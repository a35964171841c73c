"""The rules by place as a signed, versioned package: made, verified, and kept by an instance until a user accepts it."""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from consent.core.privacy_rights import Rights
from consent.core.rules import FALLBACK, Rules
from consent.signing.canonical_json import canonical
from consent.signing.keys import Jwk, Keys, SigningKey
from consent.signing.receipt_claims import ALGORITHM, SignatureError, read_signed, sign_payload
from consent.sites.law.table_checks import table_problems

SCHEMA = "consent-rules/1"
TYPE = "consent-rules+jws"
SEAL_SCHEMA, SEAL_TYPE = "consent-rules-seal/1", "consent-rules-seal+jws"
MAX_BYTES = 8 * 1024 * 1024


class _Registry(JWSRegistry):
    """Allows for the tables, which are larger than other JWS payloads."""

    max_payload_length = MAX_BYTES


_REGISTRY = _Registry(algorithms=[ALGORITHM])
FILES = {
    **dict.fromkeys(("regions.csv", "aliases.csv", "sources.csv", "events.csv"), "regions"),
    **dict.fromkeys(("periods.csv", "authorities.csv"), "rights"),
}
"""The tables of a package, each with its folder in the shipped data."""
FOLDER, ACCEPTED, WAITING = "rules", "accepted.jws", "waiting.jws"
"""Where an instance keeps packages: the folder, the package in force, and the one waiting for a user.

Each file has two lines: the package, and a seal, with which the instance's receipt key signs the SHA-256 of the
package and its state. So nobody without that key can change or exchange the file, and it still can be copied between
nodes, which share their keys.
"""
KeySet = Mapping[str, Sequence[Jwk]]


class PackageError(ValueError):
    """A file that isn't a usable package of rules; the message says why."""


class RulePackage(NamedTuple):
    """Tables by file name; `checked` is the newest day on which a row was compared with the law."""

    checked: str
    made: str
    kid: str
    files: dict[str, str]

    @property
    def version(self) -> str:
        """Return the day with the start of the tables' hash, such as `2026-11-30.5f0c0e6b`."""
        return f"{self.checked}.{hashlib.sha256(canonical(self.files)).hexdigest()[:8]}"


def make_package(files: Mapping[str, str], key: SigningKey, made: str) -> str:
    """Return the signed package of `files`, made on the day `made`. Raises PackageError if a table is unusable."""
    checked = check_tables(files)
    claims = {"schema": SCHEMA, "checked": checked, "made": made, "files": {name: files[name] for name in FILES}}
    return sign_payload(key, TYPE, canonical(claims))


def read_package(text: str, jwks: KeySet) -> RulePackage:
    """Return the package in `text`, signed by one of the keys in `jwks`. Raises PackageError."""
    if len(text) > MAX_BYTES:
        raise PackageError(f"The file is larger than {MAX_BYTES // 2**20} MB.")
    try:
        claims = read_signed(text.strip(), jwks, TYPE, _REGISTRY)
    except SignatureError as error:
        raise PackageError(f"The package cannot be trusted: {error}.") from None
    return _package(text, claims)


def accepted_package(instance: Path, jwks: KeySet) -> RulePackage:
    """Return the package that a user accepted, if one of the instance's keys, `jwks`, sealed it.

    Raises PackageError if it was changed since, or is damaged.
    """
    return _package(*_read_sealed(instance, ACCEPTED, jwks))


def waiting_package(instance: Path, jwks: KeySet) -> RulePackage | None:
    """Return the package that is waiting for a user, or None.

    Raises PackageError if it was changed since its import, or is damaged.
    """
    exists = (package_folder(instance) / WAITING).exists()
    return _package(*_read_sealed(instance, WAITING, jwks)) if exists else None


def package_folder(instance: Path) -> Path:
    """Return the folder in which an instance keeps packages."""
    return instance / FOLDER


def keep_waiting(instance: Path, text: str, key: SigningKey) -> None:
    """Keep a verified package, sealed with `key`, until a user accepts it, in place of any other that is waiting."""
    _write_sealed(instance, WAITING, text.strip(), key)


def accept_waiting(instance: Path, keys: Keys) -> None:
    """Accept the waiting package; each process uses it from its next start. Raises PackageError if it was changed."""
    text, _ = _read_sealed(instance, WAITING, keys.jwks)
    _write_sealed(instance, ACCEPTED, text, keys.receipt)
    discard_waiting(instance)


def discard_waiting(instance: Path) -> None:
    """Discard the waiting package."""
    (package_folder(instance) / WAITING).unlink()


def check_tables(files: Mapping[str, str]) -> str:
    """Return the newest day on which a row was compared with the law. Raises PackageError if a table is unusable."""
    if missing := sorted(FILES.keys() - files.keys()):
        raise PackageError(f"The package has no {missing[0]}.")
    if strange := sorted(files.keys() - FILES.keys()):
        raise PackageError(f"The package has an unknown table: {strange[0][:60]}.")
    if problem := _first_problem(files):
        raise PackageError(f"{problem}.")
    return Rules(files["regions.csv"], files["aliases.csv"]).version


def _first_problem(files: Mapping[str, str]) -> str | None:
    """Return why the tables of a package are unusable, or None if they are fine."""
    try:
        if problem := next(table_problems(files), None):
            return f"The package has an invalid table: {problem}"
        rules = Rules(files["regions.csv"], files["aliases.csv"])
        Rights(files["periods.csv"], files["authorities.csv"])
    except KeyError as error:
        return f"A table of the package has no column {str(error)[:60]}"
    except (ValueError, TypeError, AttributeError, IndexError, csv.Error) as error:
        return f"A table of the package cannot be read here ({type(error).__name__}: {error})"[:180]
    return None if FALLBACK in rules.codes else "The package has no row for unknown places"


def _write_sealed(instance: Path, name: str, text: str, key: SigningKey) -> None:
    folder = package_folder(instance)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seal = sign_payload(key, SEAL_TYPE, canonical(_seal_claims(name, text)))
    part = folder / f"{name}.part"
    part.write_text(f"{text}\n{seal}\n", "utf-8")
    part.replace(folder / name)


def _read_sealed(instance: Path, name: str, jwks: KeySet) -> tuple[str, Any]:
    """Return a stored package and its claims. Raises PackageError unless a key of the instance sealed exactly this."""
    path = package_folder(instance) / name
    try:
        text, _, seal = path.read_text("utf-8").strip().partition("\n")
        is_sealed = read_signed(seal, jwks, SEAL_TYPE) == _seal_claims(name, text)
        claims = json.loads(jws.extract_compact(text.encode(), registry=_REGISTRY).payload)
    except SignatureError:
        is_sealed, claims = False, None
    except (OSError, JoseError, ValueError):
        raise PackageError(f"{path} is damaged.") from None
    if not is_sealed:
        raise PackageError(f"{path} differs from what was imported and accepted here.")
    return text, claims


def _seal_claims(name: str, text: str) -> dict[str, str]:
    return {"schema": SEAL_SCHEMA, "file": name, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _package(text: str, claims: Any) -> RulePackage:
    header = jws.extract_compact(text.strip().encode(), registry=_REGISTRY).headers()
    if not isinstance(claims, dict) or claims.get("schema") != SCHEMA:
        raise PackageError(f"The package does not have the schema {SCHEMA}.")
    files, made = claims.get("files"), claims.get("made")
    if not isinstance(files, dict) or not all(isinstance(one, str) for one in files.values()):
        raise PackageError("The package contains no tables.")
    return RulePackage(check_tables(files), str(made)[:10], str(header["kid"]), files)
