"""Exports with a manifest beside them that were damaged: false or not to be told, in one sentence, whatever was done."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consent.exports.check import check_with_manifest

FORMATS = {"csv": "receipts.csv", "iso27560": "receipts.jsonld"}
SOME = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def whole(export):
    """Give each export as it was made, and its manifest."""
    manifest = json.loads(export("format=jsonl").splitlines()[-1])["manifest"]
    return {kind: (export(f"format={kind}"), manifest) for kind in FORMATS}


def say(folder: Path, kind: str, data: bytes, manifest: bytes, keys: list[Path]) -> int:
    file = folder / FORMATS[kind]
    file.write_bytes(data)
    file.with_name(f"{file.name}.manifest.json").write_bytes(manifest)
    code, sentence = check_with_manifest(file, keys)
    assert (len(sentence.splitlines()), "Traceback" in sentence) == (1, False), sentence
    return code


def sealed(data: bytes, manifest: dict[str, object], count: int) -> bytes:
    """Return a manifest for other bytes, as somebody can make it who changes a file."""
    return json.dumps(manifest | {"sha256": hashlib.sha256(data).hexdigest(), "count": count}).encode()


COUNT = 9


@SOME
@given(kind=st.sampled_from([*FORMATS]), data=st.data())
def test_a_damaged_file_is_never_taken_for_the_one_that_was_made(whole, keys, tmp_path, kind, data):
    made, manifest = whole[kind]
    at, length = data.draw(st.integers(0, len(made) - 1)), data.draw(st.integers(0, 60))
    harmed = made[:at] + data.draw(st.binary(max_size=60)) + made[at + length :]
    if harmed != made:
        assert say(tmp_path, kind, harmed, sealed(made, manifest, COUNT), keys) == 1
    # With a manifest made anew it may be harmless, such as another visitor; it must not end in an error.
    assert say(tmp_path, kind, harmed, sealed(harmed, manifest, COUNT), keys) in (0, 1, 2)


@SOME
@given(kind=st.sampled_from([*FORMATS]), data=st.data())
def test_a_file_cut_off_or_out_of_order_never_ends_in_an_error(whole, keys, tmp_path, kind, data):
    made, manifest = whole[kind]
    cut = made[: data.draw(st.integers(0, len(made) - 1))]
    assert say(tmp_path, kind, cut, sealed(cut, manifest, COUNT), keys) in (0, 1)
    moved = b"".join(data.draw(st.permutations(made.splitlines(keepends=True))))
    assert say(tmp_path, kind, moved, sealed(moved, manifest, COUNT), keys) in (0, 1)


@SOME
@given(kind=st.sampled_from([*FORMATS]), data=st.binary(max_size=300))
@example(kind="csv", data=b'"' + b"x" * 200_000)
@example(kind="iso27560", data=b"{" * 100_000)
def test_random_files_are_false(whole, keys, tmp_path, kind, data):
    assert say(tmp_path, kind, data, sealed(data, whole[kind][1], 1), keys) == 1


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
        assert say(tmp_path, kind, made, json.dumps(changed).encode(), keys) in (1, 2)
    assert say(tmp_path, kind, made, json.dumps(value).encode(), keys) in (1, 2)


@pytest.mark.parametrize("manifest", [b"", b"{", b"\0" * 9, b"[" * 100_000, b'{"count": 1' + b" " * (1 << 21) + b"}"])
def test_a_damaged_or_oversized_manifest_is_false(whole, keys, tmp_path, manifest):
    for kind in FORMATS:
        assert say(tmp_path, kind, whole[kind][0], manifest, keys) in (1, 2)
