"""Offline verification of a CSV or JSON-LD export by its manifest: `consent verify` of such a file.

The hash proves that the bytes are those in the manifest, and signatures prove that each row shows the recorded choice.
Only a JSON Lines export can prove that a row is in the log and that none was left out.
"""

import csv
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import cast
from zipfile import BadZipFile

from consent.core.documents.json_object import JsonObject
from consent.core.receipt import ReceiptClaims, signed_columns
from consent.exports.csv_format import CSV_COLUMNS, OPTIONAL_COLUMNS, TOOL_COLUMN, VARIANT_COLUMN, cell_text, csv_head
from consent.exports.export_stream import Manifest
from consent.exports.iso27560_format import RECORDS_HEAD, RECORDS_TAIL
from consent.exports.verify_iso27560 import RecordReader, signed_by
from consent.exports.zip_archive import manifest_name
from consent.verify import Tree, Trusted, Unclear, Wrong, check_heads, check_signed, read_keys, with_warnings

MAX_MANIFEST_BYTES = 1 << 20
"""Maximum size of a manifest in bytes; the largest have a few thousand."""
DAMAGED = (
    *(ValueError, LookupError, TypeError, AttributeError, NotImplementedError, RecursionError),
    *(csv.Error, BadZipFile, zlib.error, EOFError),
)
"""Exceptions raised when parsing a file that isn't from this service."""
GRAPH_START = RECORDS_HEAD[:12]
_COLUMNS = [some for count in range(len(OPTIONAL_COLUMNS) + 1) for some in combinations(OPTIONAL_COLUMNS, count)]
"""The possible columns after `CSV_COLUMNS`."""
NOT_CHECKED = "; signatures of receipts were not checked, because their key set was not given"


def needs_manifest(file: Path) -> bool:
    """Return whether `file` is verified by a separate manifest: it starts like a CSV or JSON-LD export, or has one.

    JSON Lines have their manifest in the last line, whatever other files exist.
    """
    with file.open("rb") as opened:
        head = opened.read(len(csv_head(OPTIONAL_COLUMNS)))
    if head.startswith((*map(csv_head, _COLUMNS), GRAPH_START)):
        return True
    return head[:1] != b"{" and file.with_name(manifest_name(file.name)).is_file()


def check_with_manifest(file: Path, key_files: list[Path]) -> tuple[int, str]:
    """Return the exit code and a sentence about `file`, in the format of `verify.check`."""

    def compare() -> str:
        trusted = read_keys(key_files)
        beside = file.with_name(manifest_name(file.name))
        if not beside.is_file():
            raise Unclear(
                f"{beside.name}, which belongs to it, must be in the same folder. Download it from the export's page"
            )
        with _naming_errors(beside.name):
            manifest = _read_manifest(beside)
        if manifest["checkpoint"] is None:
            raise Unclear("the export has no checkpoint")
        with _naming_errors(f"the checkpoint in {beside.name}"):
            tree, _ = check_heads(dict(manifest), trusted)
        found = f"{_check(file, manifest, tree, trusted)}{'' if trusted.receipts else NOT_CHECKED}"
        return with_warnings(found, tree.doubts)

    return compare_result(compare)


def compare_result(compare: Callable[[], str]) -> tuple[int, str]:
    """Return the exit code and a sentence for the result of `compare`: true, false, damaged, or can't tell."""
    try:
        code, sentence = 0, f"True: {compare()}"
    except Unclear as error:
        code, sentence = 2, f"Cannot tell: {error}"[:400]
    except Wrong as error:
        code, sentence = 1, f"False: {error}"[:400]
    except DAMAGED as error:
        code, sentence = 1, f"False: the file is damaged: {error}"[:400]
    return code, "".join(letter if letter.isprintable() else " " for letter in sentence[:900]) + "."


def _check(file: Path, manifest: Manifest, tree: Tree, trusted: Trusted) -> str:
    with file.open("rb") as opened:
        is_graph = opened.read(1) == b"{"
    rows = _records(file, tree, trusted) if is_graph else _csv_rows(file, tree, trusted)
    count = sum(1 for _ in rows)
    if count != manifest["count"]:
        raise Wrong(f"the manifest counts {manifest['count']} receipts, but the file has {count}")
    if _sha256(file) != manifest["sha256"]:
        raise Wrong(
            "the file does not match its manifest: each receipt matches what was signed, "
            "but unsigned data or the order of the rows was changed"
        )
    return (
        f"the {count} receipts are those that the manifest counts, each says what was signed for {tree.origin};"
        " that they are in the log only JSON Lines can prove"
    )


def _csv_rows(file: Path, tree: Tree, trusted: Trusted) -> Iterator[None]:
    # Invalid bytes stay in their cell, so that the error names the row that contains them.
    with file.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        reader = csv.DictReader(lines)
        columns = tuple(reader.fieldnames or ())
        if columns not in [(*CSV_COLUMNS, *more) for more in _COLUMNS]:
            raise Wrong("the first line is not the header of an export")
        for number, row in enumerate(reader, 1):
            with _naming_errors(f"row {number}"):
                claims = check_signed(row["receipt"], trusted, tree.origin)
                signed = _signed_cells(cast(ReceiptClaims, claims))
                if "tcf" in columns:
                    signed["tcf"] = claims.get("tcf", {"string": ""})["string"]
                if TOOL_COLUMN in columns:
                    signed[TOOL_COLUMN] = claims.get("source", {"tool": ""})["tool"]
                if VARIANT_COLUMN in columns:
                    signed[VARIANT_COLUMN] = claims["variant"] or ""
                _compare(claims["what"], signed, row)
            yield


@contextmanager
def _naming_errors(what: str) -> Iterator[None]:
    """Name the part of the file that can't be read."""
    try:
        yield
    except Wrong as error:
        raise Wrong(f"{what}: {error}") from None
    except DAMAGED:
        raise Wrong(f"{what} is damaged") from None


def _signed_cells(claims: ReceiptClaims) -> dict[str, str]:
    """Return the signed cells of the receipt's row, by column."""
    signed = signed_columns(claims)
    return {name: cell_text(name, signed[name]) for name in CSV_COLUMNS if name in signed}


def _records(file: Path, tree: Tree, trusted: Trusted) -> Iterator[None]:
    reader = RecordReader()
    with file.open("rb") as lines:
        if lines.readline() != RECORDS_HEAD:
            raise Wrong("the first line is not the header of an export")
        for number, line in enumerate(lines, 2):
            if not line.startswith(b"{") and line in RECORDS_TAIL.splitlines(keepends=True):
                continue
            with _naming_errors(f"line {number}"):
                node = json.loads(line.rstrip(b",\n"))
                if is_record := node.get("@type") == "dpv:ConsentRecord":
                    claims = check_signed(node["sec:jws"], trusted, tree.origin)
                    _compare(claims["what"], signed_by(cast(ReceiptClaims, claims)), reader.shared_claims(node))
                else:
                    reader.remember(node)
            if is_record:
                yield


def _compare(what: str, signed: JsonObject, row: JsonObject) -> None:
    changed = [name for name, value in signed.items() if row[name] != value]
    if changed:
        raise Wrong(f"{what} was signed with a different value of {', '.join(changed)}")


def _read_manifest(file: Path) -> Manifest:
    if file.stat().st_size > MAX_MANIFEST_BYTES:
        raise Wrong("it is too large for a manifest")
    manifest = json.loads(file.read_bytes())
    if not isinstance(manifest, dict) or not {"count", "sha256", "checkpoint"} <= manifest.keys():
        raise Wrong("it is not a manifest")
    return cast(Manifest, manifest)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
