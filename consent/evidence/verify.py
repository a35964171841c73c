"""Offline verification of an evidence archive: `consent verify` of a ZIP file.

The signed manifest proves that no file was changed since the archive was made. The service vouches for the contents of
the files; the receipts and the checkpoint among them are verified separately.
"""

import hashlib
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from consent.evidence.collect import APPROVAL, CONFIG, SIGNED_AT
from consent.evidence.pack import MANIFEST
from consent.exports.verify_export import DAMAGED, compare_result
from consent.exports.zip_archive import MANIFEST_SUFFIX
from consent.publishing.passkey_approvals import InvalidApprovalError, SignedApproval, check_approval_signature
from consent.verify import (
    MAX_BYTES,
    Tree,
    Trusted,
    Unclear,
    Wrong,
    check_checkpoint,
    check_signed,
    read_keys,
    with_warnings,
)


def is_evidence(file: Path) -> bool:
    """Return whether `file` starts with the ZIP signature."""
    with file.open("rb") as opened:
        return opened.read(4) == b"PK\x03\x04"


def check_evidence(file: Path, key_files: list[Path]) -> tuple[int, str]:
    """Return the exit code and a sentence about `file`, in the format of `verify.check`."""
    return compare_result(lambda: _check(file, key_files))


def _check(file: Path, key_files: list[Path]) -> str:
    trusted = read_keys(key_files)
    if not trusted.receipts:
        raise Unclear("evidence is signed by a key of the key set (JWKS), which was not given")
    with ZipFile(file) as pack:
        names, log = pack.namelist(), Tree("", 0, b"")
        if MANIFEST not in names and any(name.endswith(MANIFEST_SUFFIX) for name in names):
            raise Unclear("this is the archive of an export: unpack it and check the file in it")
        if SIGNED_AT in names:
            log = _checkpoint(pack, trusted)
        claims = _manifest(pack, trusted, log.origin)
        stated = claims["files"] | {MANIFEST: ""}
        if len(names) != len(set(names)) or stated.keys() != set(names):
            strange = min([*(stated.keys() ^ set(names)), *(name for name in names if names.count(name) > 1)])
            raise Wrong(f"{strange} was added to the archive or taken out of it")
        for name, digest in claims["files"].items():
            if _sha256(pack, name) != digest:
                raise Wrong(f"{name} was changed")
        is_approved = _check_approval(pack) if APPROVAL in names else False
    of_log = f", and the log {log.origin} has {log.size} leaves" if log.size else ""
    approved = ", and a passkey signed the approval of the config" if is_approved else ""
    found = (
        f"the {len(names)} files of {claims['site']} for {claims['date']} are those that were signed{of_log}{approved}"
    )
    return with_warnings(found, log.doubts)


def _check_approval(pack: ZipFile) -> bool:
    """Check that a passkey signed the approval of the archive's config."""
    try:
        signed: SignedApproval = json.loads(_text(pack, APPROVAL))
        check_approval_signature(signed)
        config = signed["statement"]["config"]
    except (*DAMAGED, KeyError, InvalidApprovalError) as error:
        raise Wrong(f"{APPROVAL} is not signed by the passkey that it names: {error}") from None
    if config != f"sha256:{_sha256(pack, CONFIG)}":
        raise Wrong(f"{APPROVAL} is of another config")
    return True


def _checkpoint(pack: ZipFile, trusted: Trusted) -> Tree:
    try:
        return check_checkpoint(_text(pack, SIGNED_AT), trusted)
    except Wrong as error:
        raise Wrong(f"{SIGNED_AT} was changed, or is of another log: {error}") from None
    except DAMAGED:
        raise Wrong(f"{SIGNED_AT} was changed: it is not a checkpoint") from None


def _manifest(pack: ZipFile, trusted: Trusted, origin: str) -> dict[str, Any]:
    """Return the claims of the signed manifest."""
    if MANIFEST not in pack.namelist():
        raise Wrong(f"{MANIFEST} was removed from the archive, or this is not an evidence archive")
    try:
        return check_signed(_text(pack, MANIFEST), trusted, origin)
    except Wrong as error:
        raise Wrong(f"{MANIFEST} was changed, or another key signed it: {error}") from None
    except DAMAGED:
        raise Wrong(f"{MANIFEST} was changed: it is not a signed text") from None


def _sha256(pack: ZipFile, name: str) -> str:
    try:
        with pack.open(name) as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()  # type: ignore[arg-type]
    except DAMAGED:
        raise Wrong(f"{name} was changed: it cannot be unpacked") from None


def _text(pack: ZipFile, name: str) -> str:
    """Return a file of the archive, capped at MAX_BYTES because an unverified archive could be a ZIP bomb."""
    with pack.open(name) as opened:
        return opened.read(MAX_BYTES).decode()
