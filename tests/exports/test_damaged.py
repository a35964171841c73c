"""Damaged exports with a separate manifest are false or inconclusive, in one sentence, whatever was done to them."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consent.exports.verify_export import check_with_manifest

FORMATS = {"csv": "receipts.csv", "iso27560": "receipts.jsonld"}
SOME = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def whole(export):
    """Return each export as made, with its manifest."""
    manifest = json.loads(export("format=jsonl").splitlines()[-1])["manifest"]
    return {kind: (export(f"format={kind}"), manifest) for kind in FORMATS}


def exit_code_of(folder: Path, kind: str, data: bytes, manifest: bytes, keys: list[Path]) -> int:
    code, said = judged(folder, kind, data, manifest, keys)
    assert (len(said.splitlines()), "Traceback" in said) == (1, False), said
    return code


def sentence(folder: Path, kind: str, data: bytes, manifest: bytes, keys: list[Path]) -> str:
    return judged(folder, kind, data, manifest, keys)[1]


def judged(folder: Path, kind: str, data: bytes, manifest: bytes, keys: list[Path]) -> tuple[int, str]:
    file = folder / FORMATS[kind]
    file.write_bytes(data)
    file.with_name(f"{file.name}.manifest.json").write_bytes(manifest)
    return check_with_manifest(file, keys)


def sealed(data: bytes, manifest: dict[str, object], count: int) -> bytes:
    """Return a manifest for other bytes, as anyone who changes a file can make."""
    return json.dumps(manifest | {"sha256": hashlib.sha256(data).hexdigest(), "count": count}).encode()


COUNT = 9


@SOME
@given(kind=st.sampled_from([*FORMATS]), data=st.data())
def test_a_damaged_file_is_never_taken_for_the_one_that_was_made(whole, keys, tmp_path, kind, data):
    made, manifest = whole[kind]
    at, length = data.draw(st.integers(0, len(made) - 1)), data.draw(st.integers(0, 60))
    harmed = made[:at] + data.draw(st.binary(max_size=60)) + made[at + length :]
    if harmed != made:
        assert exit_code_of(tmp_path, kind, harmed, sealed(made, manifest, COUNT), keys) == 1
    # With a recomputed manifest the damage may be harmless, such as another visitor, but it must not cause an error.
    assert exit_code_of(tmp_path, kind, harmed, sealed(harmed, manifest, COUNT), keys) in (0, 1, 2)


@SOME
@given(kind=st.sampled_from([*FORMATS]), data=st.data())
def test_a_file_cut_off_or_out_of_order_never_ends_in_an_error(whole, keys, tmp_path, kind, data):
    made, manifest = whole[kind]
    cut = made[: data.draw(st.integers(0, len(made) - 1))]
    assert exit_code_of(tmp_path, kind, cut, sealed(cut, manifest, COUNT), keys) in (0, 1)
    moved = b"".join(data.draw(st.permutations(made.splitlines(keepends=True))))
    assert exit_code_of(tmp_path, kind, moved, sealed(moved, manifest, COUNT), keys) in (0, 1)


@SOME
@given(kind=st.sampled_from([*FORMATS]), data=st.binary(max_size=300))
@example(kind="csv", data=b'"' + b"x" * 200_000)
@example(kind="iso27560", data=b"{" * 100_000)
def test_random_files_are_false(whole, keys, tmp_path, kind, data):
    assert exit_code_of(tmp_path, kind, data, sealed(data, whole[kind][1], 1), keys) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("count", "sha256", "checkpoint")


@SOME
@given(kind=st.sampled_from([*FORMATS]), name=st.sampled_from(NAMES), value=JSON)
def test_a_manifest_with_anything_in_it_is_never_true(whole, keys, tmp_path, kind, name, value):
    made, manifest = whole[kind]
    changed = json.loads(sealed(made, manifest, COUNT)) | {name: value}
    if value != COUNT:
        assert exit_code_of(tmp_path, kind, made, json.dumps(changed).encode(), keys) in (1, 2)
    assert exit_code_of(tmp_path, kind, made, json.dumps(value).encode(), keys) in (1, 2)


@pytest.mark.parametrize("manifest", [b"", b"{", b"\0" * 9, b"[" * 100_000, b'{"count": 1' + b" " * (1 << 21) + b"}"])
def test_a_damaged_or_oversized_manifest_is_false(whole, keys, tmp_path, manifest):
    for kind in FORMATS:
        assert exit_code_of(tmp_path, kind, whole[kind][0], manifest, keys) in (1, 2)


@pytest.mark.parametrize(("kind", "before"), [("csv", "row"), ("iso27560", "line")])
def test_one_changed_byte_is_named_by_the_row_in_which_it_stands(whole, keys, tmp_path, kind, before):
    made, manifest = whole[kind]
    lines = made.splitlines(keepends=True)
    number = next(number for number in range(len(lines) - 1, 0, -1) if b"eyJ" in lines[number])
    for mark in (b"eyJ", b"withdraw", b"DE"):
        if mark not in lines[number]:
            continue
        harmed = lines[number].replace(mark, bytes([mark[0] ^ 1]) + mark[1:], 1)
        data = b"".join([*lines[:number], harmed, *lines[number + 1 :]])
        said = sentence(tmp_path, kind, data, json.dumps(manifest).encode(), keys)
        assert said.startswith(f"False: {before} {number + (kind == 'iso27560')}"), said


@pytest.mark.parametrize("kind", [*FORMATS])
def test_a_byte_that_is_no_text_is_named_by_its_row_too(whole, keys, tmp_path, kind):
    made, manifest = whole[kind]
    data = made.replace(b"eyJ", b"\xffyJ", 1)
    said = sentence(tmp_path, kind, data, json.dumps(manifest).encode(), keys)
    assert said.endswith(" is damaged."), said
    assert said.split()[1] in ("row", "line"), said


def test_reports_reordered_rows_although_each_receipt_matches(whole, keys, tmp_path):
    made, manifest = whole["csv"]
    rows = made.splitlines(keepends=True)
    said = sentence(tmp_path, "csv", b"".join([rows[0], *rows[:0:-1]]), sealed(made, manifest, COUNT), keys)
    assert "each receipt matches what was signed, but" in said


@pytest.mark.parametrize("kind", [*FORMATS])
def test_a_damaged_manifest_is_named_by_its_file(whole, keys, tmp_path, kind):
    made, manifest = whole[kind]
    name = f"{FORMATS[kind]}.manifest.json"
    for harm in (b"{", b"\xff", b"[]", b"[" * 100_000):
        said = sentence(tmp_path, kind, made, harm, keys)
        assert said in (f"False: {name} is damaged.", f"False: {name}: it is not a manifest."), said
    for harm in ("", "a", "a\nb\nc\n\n\u2014 a b\n", 5):
        said = sentence(tmp_path, kind, made, json.dumps(manifest | {"checkpoint": harm}).encode(), keys)
        assert said == f"False: the checkpoint in {name} is damaged." or "is not signed with a given log key" in said, (
            said
        )
