"""Single receipts read from the file of a detached month, and a visitor's own page, which shows them."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from consent.archive.detach import Detacher
from consent.archive.forget_erased import forget_erased
from consent.archive.read_receipt import read_detached
from consent.exports import Source
from consent.log.audit_author import COMMAND_LINE, Author
from consent.signing.receipt_claims import visitor_of
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Detached
from consent.storage.receipts import receipts
from consent.storage.selection.subjects import Subject
from consent.storage.sites import sites
from tests.api.fixtures import any_shop, filled_postgres
from tests.api.shop import Shop as LiveShop
from tests.archive.months import OCTOBER, Shop, at, signed_receipt
from tests.log.sequencing import sequence_all

pytestmark = pytest.mark.extended

__all__ = ["any_shop", "filled_postgres"]
SECRET = "d" * 32


def away(months: Shop) -> list[Detached]:
    with months.engine.connect() as connection:
        return [
            found for new in months.october if (found := detached_months.get(connection, new.id)) and not found.erased
        ]


def test_each_archived_receipt_is_read_as_it_was_in_the_table(months: Shop) -> None:
    with months.engine.connect() as connection:
        before = {new.id: receipts.get(connection, new.id) for new in months.october}
    months.detach()
    found = read_detached(months.engine, months.site.id, away(months))
    assert len(found) == len(months.october)
    for receipt_id, receipt in found.items():
        known = before[receipt_id]
        assert known
        assert receipt == replace(known, visitor=None)


@pytest.mark.parametrize("gone", [range(12), range(6), range(5, 12), (0, 3, 4, 5, 11), ()])
def test_those_between_erased_ones_are_found_and_erased_ones_never(months: Shop, gone: tuple[int, ...]) -> None:
    file, everyone = months.detach(), away(months)
    erased = [months.october[number].id for number in gone]
    for receipt_id in erased:
        months.eraser.erase(months.site, Subject("receipt", receipt_id), "full", reason="asked", by="test")
    forget_erased(months.engine, months.folder)
    assert file.read_bytes().count(b'"erased":true') == len(gone)
    left = {new.id for new in months.october} - set(erased)
    assert set(read_detached(months.engine, months.site.id, everyone)) == left


def test_what_a_file_does_not_have_as_it_was_recorded_is_not_read(months: Shop) -> None:
    file, everyone = months.detach(), away(months)
    *rows, manifest = file.read_bytes().splitlines(keepends=True)
    forged = signed_receipt(months.site, months.keys, at(6), 5, id=everyone[5].id, action="reject_all")
    place = next(number for number, row in enumerate(rows) if everyone[5].id.encode() in row)
    rows[place] = re.sub(rb'"receipt":"[^"]+"', b'"receipt":"%b"' % forged.jws.encode(), rows[place])
    file.write_bytes(b"".join([*rows, manifest]))
    assert set(read_detached(months.engine, months.site.id, everyone)) == {one.id for one in everyone} - {forged.id}
    file.write_bytes(b"\xff\n" * 1000)
    assert read_detached(months.engine, months.site.id, everyone) == {}
    file.unlink()
    assert read_detached(months.engine, months.site.id, everyone) == {}


def test_a_visitor_sees_receipts_of_detached_months_and_whom_to_ask_where_the_file_is_elsewhere(
    any_shop: LiveShop, tmp_path: Path
) -> None:
    context = any_shop.service.context
    with context.engine.connect() as connection:
        site = sites.by_key(connection, "shop")
    assert site
    mine = visitor_of(context.keys.secret, SECRET)
    old, new = (signed_receipt(site, context.keys, at(day, month), 1) for day, month in ((3, 10), (4, 11)))
    for one in (old, new):
        context.receipts.writer.submit(replace(one, visitor=mine))
    sequence_all(context)
    by = Author(COMMAND_LINE, context.keys.receipt)
    source = Source(context.engine, context.configs.rules, context.keys.jwks["keys"], context.settings.base_url)
    [(_, month)] = Detacher(source, tmp_path / "months", tmp_path, by).detach(OCTOBER)
    text = page(any_shop)
    assert [text.index(new.id) < text.index(old.id), text.count("Own selection")] == [True, 2]
    assert "kept in an archive" not in text
    Path(month.file).rename(tmp_path / "elsewhere")
    text = page(any_shop)
    assert [text.index(new.id) < text.index(old.id), text.count("Own selection")] == [True, 1]
    assert "October 3, 2024" in text
    assert re.search(r"This receipt is kept in an archive. Ask .*\bstated for it and give its number.", text)
    assert text.count("Download receipt and proof") == 1


def page(shop: LiveShop) -> str:
    """Return the text of the page that the visitor gets."""
    answer = shop.get("/r/shop", Cookie=f"consent_shop_id={SECRET}")
    assert answer.status_code == 200
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
