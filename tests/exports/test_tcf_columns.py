"""Each receipt's TC string, in exports of a site in the framework."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import consent
from consent.core.tcf.tc_string import decode
from consent.exports.verify_export import check_with_manifest
from consent.verify import check
from tests.api.shop import claims_of, open_shop
from tests.exports.choices import EXPORT
from tests.log.sequencing import sequence_all
from tests.tcf_site import take_part


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    opened = open_shop(folder)
    opened.choose(opened.choice("reject_all", False, key="f" * 32))
    take_part(opened, folder / "gvl")
    choices = [opened.choice(key=f"{1:032x}"), opened.choice("reject_all", False, key=f"{2:032x}")]
    answers = [opened.choose(body) for body in choices]
    opened.strings = {answer.json["id"]: claims_of(opened, answer)["tcf"]["string"] for answer in answers}
    sequence_all(opened.service.context)
    yield opened
    opened.service.close()


@pytest.fixture
def keys(shop, tmp_path):
    (tmp_path / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=shop.token("log:read")).data)
    (tmp_path / "jwks").write_text(json.dumps(shop.service.context.keys.jwks))
    return [tmp_path / "vkey", tmp_path / "jwks"]


def exported(shop, query):
    return shop.get(f"{EXPORT}?{query}", Authorization=shop.token("receipts:export")).data


def test_json_lines_carry_it_and_are_verified(shop, keys, tmp_path):
    body = exported(shop, "format=jsonl")
    rows = [json.loads(line) for line in body.splitlines()]
    found = {row["id"]: row["tcf"]["string"] for row in rows if "tcf" in row}
    assert found == shop.strings
    assert sorted(len(decode(string).purposes) for string in found.values()) == [0, 4]
    (tmp_path / "export.jsonl").write_bytes(body)
    code, sentence = check(tmp_path / "export.jsonl", keys)
    assert code == 0, sentence


def test_csv_has_it_last_and_a_changed_one_is_found(shop, keys, tmp_path):
    with zipfile.ZipFile(io.BytesIO(exported(shop, "format=csv&archive=zip"))) as archive:
        archive.extractall(tmp_path)
    file = tmp_path / "receipts-shop.csv"
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert {row["id"]: row["tcf"] for row in rows if row["tcf"]} == shop.strings
    code, sentence = check_with_manifest(file, keys)
    assert code == 0, sentence
    string = next(iter(shop.strings.values()))
    file.write_text(file.read_text().replace(string, string[:-1] + "B"))
    code, sentence = check_with_manifest(file, keys)
    assert (code, "tcf" in sentence) == (1, True), sentence


def test_consent_records_have_it_in_a_field_of_its_own_and_a_changed_one_is_found(shop, keys, tmp_path):
    with zipfile.ZipFile(io.BytesIO(exported(shop, "format=iso27560&archive=zip"))) as archive:
        archive.extractall(tmp_path)
    file = tmp_path / "receipts-shop.jsonld"
    document = json.loads(file.read_text())
    schema = json.loads((Path(consent.__file__).parent / "data" / "consent-record.schema.json").read_text("utf-8"))
    assert not list(Draft202012Validator(schema).iter_errors(document))
    found = {
        node["dct:source"].rpartition("/")[2]: node["dct:hasFormat"][0]["skos:notation"]
        for node in document["@graph"]
        if "dct:hasFormat" in node
    }
    assert found == shop.strings
    code, sentence = check_with_manifest(file, keys)
    assert code == 0, sentence
    string = next(iter(shop.strings.values()))
    file.write_text(file.read_text().replace(f'"{string}"', f'"{string[:-1]}B"'))
    code, sentence = check_with_manifest(file, keys)
    assert (code, "dct:hasFormat" in sentence) == (1, True), sentence
