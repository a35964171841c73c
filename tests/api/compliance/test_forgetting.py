"""Ten of a thousand visitors are unlinked and ten erased: all proofs hold, and no file or dump has their data."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from consent import verify
from consent.storage.tables.privacy import Erasure
from consent.storage.tables.receipts import Receipt, ReceiptKey, ReceiptPersonal
from tests.log.sequencing import sequence_all
from tests.postgres import find_binaries, libpq_url

pytestmark = pytest.mark.postgres
COUNT, EACH = 1000, 10


@pytest.fixture
def ids(any_shop):
    """Record the choices of a thousand visitors, each at a different time, and add them all to the log."""
    body = any_shop.choice()

    def choose(number):
        moment = f"2026-11-25T10:{number // 60:02d}:{number % 60:02d}Z"
        answer = any_shop.choose(body | {"key": f"{number:032x}", "chosen_at": moment}, Host="www.example.com")
        return answer.json["id"]

    with ThreadPoolExecutor(8) as browsers:
        made = list(browsers.map(choose, range(COUNT)))
    sequence_all(any_shop.service.context)
    return made


def values_of(shop, receipt_ids):
    """Return the personal values of these receipts as stored: everything except their public signed part."""
    with shop.service.context.engine.connect() as connection:
        columns = (ReceiptPersonal.visitor, ReceiptPersonal.body, ReceiptPersonal.salt)
        personal = connection.execute(select(*columns).where(ReceiptPersonal.receipt_id.in_(receipt_ids))).all()
        keys = connection.execute(
            select(ReceiptKey.body_mac, ReceiptKey.salt).where(ReceiptKey.receipt_id.in_(receipt_ids))
        ).all()
    assert len(personal) == len(keys) == len(receipt_ids)
    return [value for row in (*personal, *keys) for value in row]


def signed_of(shop, receipt_ids):
    with shop.service.context.engine.connect() as connection:
        return list(connection.execute(select(Receipt.jws).where(Receipt.id.in_(receipt_ids))).scalars())


def erase(shop, receipt_ids, level):
    """Erase the visitors of these receipts, as compliance does."""
    token = shop.token("privacy:erase")
    with shop.service.context.engine.connect() as connection:
        query = select(ReceiptPersonal.visitor).where(ReceiptPersonal.receipt_id.in_(receipt_ids))
        visitors = list(connection.execute(query).scalars())
    for visitor in visitors:
        body = {"visitor": visitor, "level": level, "reason": "asked by letter"}
        answer = shop.client.post("/api/v1/sites/shop/erasures", json=body, headers={"Authorization": token})
        assert (answer.status_code, answer.json["receipts"]) == (201, 1)


def wait_until_files_are_clear(shop):
    until = time.monotonic() + 60
    while True:
        with shop.service.context.engine.connect() as connection:
            if connection.execute(select(Erasure.id).where(Erasure.is_purge_pending)).first() is None:
                return
        assert time.monotonic() < until
        time.sleep(0.05)


def kept_of(shop, folder):
    """Return everything a thief would get: the instance's files and, on PostgreSQL, a database dump."""
    found = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    url = shop.service.context.engine.url
    if url.get_backend_name() == "postgresql":
        command = [str(find_binaries() / "pg_dump"), libpq_url(url.render_as_string(hide_password=False))]
        found.append(subprocess.run(command, capture_output=True, check=True).stdout)
    return b"\n".join(found)


def is_in(kept, value):
    """Return whether `kept` contains `value` as is or, as in a dump, in hexadecimal."""
    if isinstance(value, str):
        # In a dump, tabs separate the columns, and these values need no escaping.
        return value.encode() in kept
    return value in kept or value.hex().encode() in kept


@pytest.mark.long
def test_ten_are_unlinked_and_ten_erased_and_all_others_prove_what_they_did(any_shop, ids, tmp_path):
    unlinked, erased, other = ids[100 : 100 + EACH], ids[700 : 700 + EACH], ids[300:310]
    gone = [*values_of(any_shop, [*unlinked, *erased]), *signed_of(any_shop, erased)]
    left = [*values_of(any_shop, other), *signed_of(any_shop, [*other, *unlinked])]
    erase(any_shop, unlinked, "unlink")
    erase(any_shop, erased, "full")
    wait_until_files_are_clear(any_shop)
    sequence_all(any_shop.service.context)

    kept = kept_of(any_shop, tmp_path)
    assert [value for value in gone if is_in(kept, value)] == []
    assert [value for value in left if not is_in(kept, value)] == []

    keys = keep(any_shop, tmp_path)
    for receipt_id in ids:
        (tmp_path / "proof").write_bytes(any_shop.get(f"/api/v1/receipts/{receipt_id}/proof").data)
        code, said = verify.check(tmp_path / "proof", keys)
        assert (code, "content was erased" in said) == (0, receipt_id in erased), said
    token = any_shop.token("receipts:export")
    export = any_shop.get("/api/v1/sites/shop/receipts/export", Authorization=token)
    (tmp_path / "export").write_bytes(export.data)
    code, said = verify.check(tmp_path / "export", keys)
    assert (code, said.startswith(f"True: {COUNT} receipts")) == (0, True), said
    assert export.data.count(b'{"erased":true') == EACH


def keep(shop, folder):
    """Save the public keys next to the proofs and return their paths."""
    token = shop.token("log:read")
    (folder / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=token).data)
    (folder / "jwks").write_bytes(shop.get("/.well-known/jwks.json").data)
    return [folder / "vkey", folder / "jwks"]
