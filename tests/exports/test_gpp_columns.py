"""Each receipt's GPP string, in exports of a site that sends it."""

import csv
import io
import json
import time
import zipfile

import pytest

from consent.archive.month_file import MonthExport
from consent.core.gpp.codec import decode
from consent.exports.export_stream import Source
from consent.exports.verify_export import check_with_manifest
from consent.storage.database.partitions import month_of
from consent.storage.sites import sites
from consent.verify import check
from tests.api.shop import open_shop
from tests.exports.choices import EXPORT, token_of
from tests.log.sequencing import sequence_all

SETTINGS = {"approach": "both", "mspa": "none", "sensitive": [], "opt_out_notice": True}
CALIFORNIA, GERMANY = ("US", "CA", "us_ca"), ("DE", None, "eu_opt_in")
CHOICES = (
    ("reject_all", False, {}, CALIFORNIA),
    ("accept_all", True, {}, CALIFORNIA),
    ("accept_all", True, {"Sec-GPC": "1"}, CALIFORNIA),
    ("reject_all", False, {}, GERMANY),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    opened = open_shop(tmp_path_factory.mktemp("shop"))
    opened.choose(opened.choice("reject_all", False, key="f" * 32))
    opened.edit(lambda draft: draft["overrides"].update(sends=["gpp"], gpp=SETTINGS))
    opened.publish()
    opened.ids = []
    for number, (action, granted, headers, place) in enumerate(CHOICES):
        body = opened.choice(action, granted, key=f"{number:032x}") | {"token": token_of(opened, *place)}
        answer = opened.choose(body, **headers)
        assert answer.status_code == 201, answer.json
        opened.ids.append(answer.json["id"])
    sequence_all(opened.service.context)
    yield opened
    opened.service.close()


def exported(shop, query):
    answer = shop.get(f"{EXPORT}?{query}", Authorization=shop.token("receipts:export"))
    assert answer.status_code == 200, answer.data
    return answer.data


@pytest.fixture
def keys(shop, tmp_path):
    (tmp_path / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=shop.token("log:read")).data)
    (tmp_path / "jwks").write_text(json.dumps(shop.service.context.keys.jwks))
    return [tmp_path / "vkey", tmp_path / "jwks"]


def test_json_lines_have_the_string_of_each_receipt_that_has_one(shop, keys, tmp_path):
    data = exported(shop, "format=jsonl")
    rows = {row["id"]: row.get("gpp") for row in map(json.loads, data.splitlines()) if "id" in row}
    refused, granted, despite_a_signal, german = (rows.pop(one) for one in shop.ids)
    assert list(rows.values()) == [None]
    assert refused == {"string": "DBABrw~CVQVAAAAAACA.Q~BUUAAACA.Q", "applicable_sections": [7, 8]}
    assert german == {"string": "DBAA", "applicable_sections": [-1]}
    for gpp, opted_out, gpc in ((granted, 2, False), (despite_a_signal, 1, True)):
        for section in decode(gpp["string"]):
            assert (section.content.values["SaleOptOut"], section.content.gpc) == (opted_out, gpc)
    file = tmp_path / "receipts.jsonl"
    file.write_bytes(data)
    assert check(file, keys)[0] == 0


def test_csv_has_a_column_of_them_and_is_verified(shop, keys, tmp_path):
    rows = list(csv.DictReader(io.StringIO(exported(shop, "format=csv").decode())))
    strings = {row["id"]: row["gpp"] for row in rows}
    assert list(rows[0])[-1] == "gpp"
    assert [strings.pop(one)[:12] for one in shop.ids] == ["DBABrw~CVQVA", "DBABrw~CVQqA", "DBABrw~CVQVA", "DBAA"]
    assert list(strings.values()) == [""]
    with zipfile.ZipFile(io.BytesIO(exported(shop, "format=csv&archive=zip"))) as archive:
        archive.extractall(tmp_path)
    code, sentence = check_with_manifest(tmp_path / "receipts-shop.csv", keys)
    assert code == 0, sentence


def test_the_file_of_a_month_has_what_was_recorded_alone(shop):
    context = shop.service.context
    with context.engine.connect() as connection:
        site = sites.by_key(connection, "shop")
    source = Source(context.engine, context.configs.rules, context.keys.jwks["keys"], "http://127.0.0.1:8000")
    written = b"".join(MonthExport(source, site, month_of(int(time.time()))).chunks())
    assert written.count(b'"receipt"') == len(CHOICES) + 1
    assert b'"gpp"' not in written
