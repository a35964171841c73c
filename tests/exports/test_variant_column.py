"""The experiment variant that a receipt answered, in exports of a site that has had one, and checked offline."""

import csv
import io
import json
import zipfile
from pathlib import Path

from consent.exports.verify_export import check_with_manifest
from consent.verify import check
from tests.api.page.script_facts import facts_of
from tests.api.shop import Shop, open_shop
from tests.exports.choices import EXPORT
from tests.log.sequencing import sequence_all

B = {"id": "b", "weight": 1, "look": {"accent": "#7a1fa2"}}


def export_of(shop: Shop, query: str) -> bytes:
    answer = shop.get(f"{EXPORT}?{query}", Authorization=shop.token("receipts:export"))
    assert answer.status_code == 200, answer.data
    return answer.data


def test_exports_name_the_variant_that_was_signed_and_a_changed_one_is_found(tmp_path: Path) -> None:
    shop = open_shop(tmp_path)
    assert export_of(shop, "format=csv").splitlines()[0].endswith(b",expires,receipt")
    shop.edit(lambda draft: draft.update(variants=[{"id": "a", "weight": 1}, B]))
    shop.publish()
    tokens = {one["id"]: one["token"] for one in facts_of(shop.get("/b/shop.js"))["draw"]}
    ids = {name: shop.choose(shop.choice(key=name * 32, token=token)).json["id"] for name, token in tokens.items()}
    sequence_all(shop.service.context)
    (tmp_path / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=shop.token("log:read")).data)
    (tmp_path / "jwks").write_text(json.dumps(shop.service.context.keys.jwks))
    keys = [tmp_path / "vkey", tmp_path / "jwks"]
    with zipfile.ZipFile(io.BytesIO(export_of(shop, "format=csv&archive=zip"))) as archive:
        archive.extractall(tmp_path)
    file, lines = tmp_path / "receipts-shop.csv", tmp_path / "receipts.jsonl"
    lines.write_bytes(export_of(shop, "format=jsonl"))
    rows = {row["id"]: row["variant"] for row in csv.DictReader(io.StringIO(file.read_text(), newline=""))}
    assert rows == {receipt: name for name, receipt in ids.items()}
    items = [json.loads(line) for line in lines.read_text().splitlines()]
    assert {item["id"]: item["variant"] for item in items if "id" in item} == rows
    assert check_with_manifest(file, keys)[0] == 0
    assert check(lines, keys)[0] == 0
    file.write_bytes(file.read_bytes().replace(b",b\r\n", b",a\r\n"))
    lines.write_bytes(lines.read_bytes().replace(b'"variant":"b"', b'"variant":"a"'))
    for code, sentence in (check_with_manifest(file, keys), check(lines, keys)):
        assert (code, "a different value of variant" in sentence) == (1, True), sentence
    shop.service.close()
