"""The consent tool that an imported choice was made with, in CSV exports of a site that has had a mapping."""

import csv
import io
import json
import zipfile

import pytest

from consent.exports.verify_export import check_with_manifest
from consent.sites.moving.mapping import mapping_name
from tests.api.shop import open_shop
from tests.exports.choices import EXPORT
from tests.log.sequencing import sequence_all

MAPPING = {"tool": "klaro", "cookie": "klaro", "categories": {"stats": "analytics"}, "vendors": ["ga"], "delete": False}
GPP = {"approach": "national", "mspa": "none", "sensitive": [], "opt_out_notice": True}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    opened = open_shop(tmp_path_factory.mktemp("shop"))
    opened.before = export_of(opened)
    opened.edit(lambda draft: draft["overrides"].update(old_choices=MAPPING, sends=["gpp"], gpp=GPP))
    opened.publish()
    source = {"tool": "klaro", "said_at": None, "mapping": mapping_name(MAPPING)}
    old = opened.choice("save", method="import", layer=0, source=source) | {"choices": {"analytics": False}}
    bodies = [opened.choice("reject_all", False, key="f" * 32), old]
    opened.ids = [opened.choose(body).json["id"] for body in bodies]
    sequence_all(opened.service.context)
    yield opened
    opened.service.close()


def export_of(shop, query="format=csv"):
    answer = shop.get(f"{EXPORT}?{query}", Authorization=shop.token("receipts:export"))
    assert answer.status_code == 200, answer.data
    return answer.data


def test_only_a_site_that_has_had_a_mapping_has_the_column(shop):
    assert shop.before.splitlines()[0].endswith(b",expires,receipt")
    assert export_of(shop).splitlines()[0].endswith(b",expires,receipt,tool,gpp")


def test_it_names_the_tool_and_a_changed_one_is_found(shop, tmp_path):
    (tmp_path / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=shop.token("log:read")).data)
    (tmp_path / "jwks").write_text(json.dumps(shop.service.context.keys.jwks))
    keys = [tmp_path / "vkey", tmp_path / "jwks"]
    with zipfile.ZipFile(io.BytesIO(export_of(shop, "format=csv&archive=zip"))) as archive:
        archive.extractall(tmp_path)
    file = tmp_path / "receipts-shop.csv"
    rows = {row["id"]: row["tool"] for row in csv.DictReader(io.StringIO(file.read_text(), newline=""))}
    assert [rows[one] for one in shop.ids] == ["", "klaro"]
    code, sentence = check_with_manifest(file, keys)
    assert code == 0, sentence
    file.write_bytes(file.read_bytes().replace(b",klaro,", b",orejime,"))
    code, sentence = check_with_manifest(file, keys)
    assert (code, "a different value of tool" in sentence) == (1, True), sentence
