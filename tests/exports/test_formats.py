"""CSV, JSON Lines, archive and manifest, and what `consent verify` says about each."""

import csv
import hashlib
import io
import json
import zipfile

import pytest
from click.testing import CliRunner

from consent.cli import main
from consent.exports.csv_format import escape_formula
from consent.exports.verify_export import check_with_manifest
from consent.verify import check

KINDS = {"csv": "csv", "iso27560": "jsonld"}


@pytest.fixture(scope="module", params=list(KINDS))
def kept(request, export, tmp_path_factory):
    """Unpack a format's archive, and return the file, which has its manifest next to it."""
    folder = tmp_path_factory.mktemp("kept")
    with zipfile.ZipFile(io.BytesIO(export(f"format={request.param}&archive=zip"))) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder / f"receipts-shop.{KINDS[request.param]}"


def manifest_of(file):
    return file.with_name(file.name + ".manifest.json")


def copy_to(folder, file, data=None, sign=True, **changes):
    """Copy a file with other bytes; with `sign`, the manifest is adapted to them."""
    data = file.read_bytes() if data is None else data
    manifest = json.loads(manifest_of(file).read_text())
    manifest |= ({"sha256": hashlib.sha256(data).hexdigest()} if sign else {}) | changes
    copy = folder / file.name
    copy.write_bytes(data)
    manifest_of(copy).write_text(json.dumps(manifest))
    return copy


def test_the_archive_holds_what_the_format_alone_gives(export, kept):
    kind = next(kind for kind, suffix in KINDS.items() if kept.name.endswith(suffix))
    assert kept.read_bytes() == export(f"format={kind}")


def test_the_manifest_counts_and_hashes_the_file(shop, kept):
    manifest = json.loads(manifest_of(kept).read_text())
    assert set(manifest) == {"count", "sha256", "checkpoint", "keys"}
    assert manifest["count"] == len(shop.ids)
    assert manifest["sha256"] == hashlib.sha256(kept.read_bytes()).hexdigest()
    assert manifest["keys"] == shop.service.context.keys.jwks["keys"]


def test_a_file_with_its_manifest_is_true_and_says_what_is_not_proved(kept, keys):
    code, sentence = check_with_manifest(kept, keys)
    assert (code, "9 receipts" in sentence, "only JSON Lines can prove" in sentence) == (0, True, True)
    assert "signatures of receipts were not checked" in check_with_manifest(kept, keys[:1])[1]
    assert check_with_manifest(kept, [])[0] == 2


def test_the_command_takes_the_manifest_beside_the_file(kept, keys):
    options = [word for key in keys for word in ("--key", str(key))]
    done = CliRunner().invoke(main, ["verify", str(kept), *options])
    assert (done.exit_code, done.output.strip()) == check_with_manifest(kept, keys)


def test_without_its_manifest_a_file_is_not_called_false(kept, keys, tmp_path):
    (tmp_path / kept.name).write_bytes(kept.read_bytes())
    options = [word for key in keys for word in ("--key", str(key))]
    done = CliRunner().invoke(main, ["verify", str(tmp_path / kept.name), *options])
    assert (done.exit_code, f"{kept.name}.manifest.json" in done.output) == (2, True)
    assert done.output.strip().endswith("must be in the same folder. Download it from the export's page.")


@pytest.mark.parametrize("kind", ["csv", "iso27560", "jsonl"])
def test_the_archive_itself_is_not_called_false(export, keys, tmp_path, kind):
    (tmp_path / "receipts.zip").write_bytes(export(f"format={kind}&archive=zip"))
    options = [word for key in keys for word in ("--key", str(key))]
    done = CliRunner().invoke(main, ["verify", str(tmp_path / "receipts.zip"), *options])
    assert (done.exit_code, "unpack it" in done.output) == (2, True)


def test_other_bytes_than_the_manifest_counts_are_false(kept, keys, tmp_path):
    data = kept.read_bytes()
    for place in range(0, len(data), len(data) // 50):
        harmed = copy_to(tmp_path, kept, data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], sign=False)
        assert check_with_manifest(harmed, keys)[0] == 1
    for harmed in (data[:-1], data + b"\n", b"", data[: len(data) // 2]):
        assert check_with_manifest(copy_to(tmp_path, kept, harmed, sign=False), keys)[0] == 1


def test_a_row_that_was_changed_together_with_the_manifest_is_named(shop, kept, keys, tmp_path):
    old, new = (
        (b",reject_all,", b",accept_all,")
        if kept.suffix == ".csv"
        else (b'"dct:language":"en"', b'"dct:language":"de"')
    )
    data = kept.read_bytes().replace(old, new, 1)
    code, sentence = check_with_manifest(copy_to(tmp_path, kept, data), keys)
    assert (code, any(receipt_id in sentence for receipt_id in shop.ids)) == (1, True)


SAID = {
    "a refusal that is called a grant": (b'["dpv:ConsentRefused"', b'["dpv:ConsentGiven"', "hasConsentStatus"),
    "another action": (b'"dct:description":"reject_all"', b'"dct:description":"accept_all"', "hasConsentStatus"),
    "a longer time": (b'"dct:valid":"20', b'"dct:valid":"19', "hasConsentStatus"),
    "another way": (b"a button or switch of the banner", b"a record of an earlier system", "hasConsentStatus"),
    "another vendor": (b'"skos:notation":"ga"', b'"skos:notation":"chat"', "hasConsentStatus"),
    "another group": (b'"dct:title":"analytics"', b'"dct:title":"advertising"', "hasProcess"),
    "another place": (b'"loc:DE"', b'"loc:FR"', "hasJurisdiction"),
    "another rule": (b'"dct:title":"eu_opt_in"', b'"dct:title":"br_lgpd"', "hasRule"),
    "other words": (b'"dct:identifier":"sha256:', b'"dct:identifier":"sha512:', "hasNotice"),
    "another config": (b"/log/shop/config/", b"/log/shop/config/0", "hasNotice"),
    "another receipt": (b"/api/v1/receipts/", b"/api/v1/receipts/0", "dct:source"),
}


@pytest.mark.parametrize("change", SAID)
def test_whatever_a_record_says_of_the_choice_is_compared_with_what_was_signed(export, keys, tmp_path, change):
    old, new, field = SAID[change]
    (tmp_path / "given").mkdir()
    with zipfile.ZipFile(io.BytesIO(export("format=iso27560&archive=zip"))) as archive:
        archive.extractall(tmp_path / "given")
    whole = tmp_path / "given" / "receipts-shop.jsonld"
    assert old in whole.read_bytes()
    code, sentence = check_with_manifest(copy_to(tmp_path, whole, whole.read_bytes().replace(old, new, 1)), keys)
    assert (code, field in sentence) == (1, True), sentence


def test_a_forged_signature_or_a_missing_row_is_found(kept, keys, tmp_path):
    lines = kept.read_bytes().splitlines(keepends=True)
    fewer = [line for line in lines if b"dpv:ConsentWithdrawn" not in line and b",withdraw," not in line]
    assert len(fewer) == len(lines) - 1
    code, sentence = check_with_manifest(copy_to(tmp_path, kept, b"".join(fewer)), keys)
    assert (code, "counts 9" in sentence) == (1, True)
    strange = json.loads(keys[1].read_text())
    strange["keys"][0]["x"] = "c" * 43
    (tmp_path / "jwks").write_text(json.dumps(strange))
    assert check_with_manifest(kept, [keys[0], tmp_path / "jwks"])[0] == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"count": 1}', "[" * 100_000, "\x00", '"' * 9])
def test_a_damaged_manifest_is_told_in_a_sentence(kept, keys, tmp_path, text):
    copy = copy_to(tmp_path, kept)
    manifest_of(copy).write_text(text)
    code, sentence = check_with_manifest(copy, keys)
    assert code == 1
    assert sentence.startswith("False: ")


def test_without_a_checkpoint_the_result_is_unknown(kept, keys, tmp_path):
    assert check_with_manifest(copy_to(tmp_path, kept, checkpoint=None), keys)[0] == 2


def test_json_lines_prove_themselves(export, keys, tmp_path):
    (tmp_path / "export.jsonl").write_bytes(export("format=jsonl"))
    code, sentence = check(tmp_path / "export.jsonl", keys)
    assert (code, sentence.startswith("True: 9 receipts are in the log")) == (0, True)


def test_a_csv_has_a_row_for_each_receipt_and_a_line_of_names(shop, export):
    text = export("format=csv").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert sorted(row["id"] for row in rows) == sorted(shop.ids)
    assert "\n" not in text.replace("\r\n", "")
    assert next(row for row in rows if row["id"] == shop.ids[2])["vendors"] == "ga=refused"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x", "＝1"])
def test_no_cell_is_a_formula(cell):
    assert escape_formula(cell) == "'" + cell
    assert escape_formula("a" + cell) == "a" + cell


@pytest.mark.parametrize(
    "query", ["format=xml", "format=csv&archive=tar", "format=csv&color=red", "format=csv&limit=10", "cursor=x"]
)
def test_an_unknown_format_archive_or_filter_is_refused(shop, query):
    answer = shop.get(f"/api/v1/sites/shop/receipts/export?{query}", Authorization=shop.token("receipts:export"))
    assert answer.status_code == 400
    assert answer.json["error"]["fields"]


def test_json_lines_are_checked_by_their_own_end_whatever_lies_beside(export, keys, tmp_path):
    file = tmp_path / "export.jsonl"
    file.write_bytes(export("format=jsonl"))
    manifest_of(file).write_text(json.dumps(json.loads(file.read_bytes().splitlines()[-1])["manifest"]))
    said = CliRunner().invoke(main, ["verify", str(file), *(part for key in keys for part in ("--key", str(key)))])
    assert (said.exit_code, said.output[:5]) == (0, "True:"), said.output
