"""The operator's filter lists identify addresses for scans and audits that nothing else recognizes."""

from pathlib import Path
from typing import Any

from consent.classifier.classifier import shipped_classifier
from consent.scanner.audit.audit import audit
from consent.scanner.audit.classify_items import Promise
from consent.scanner.audit.inventory import Inventory
from consent.scanner.save_results import saved_items
from tests.scanner.scan_results import SITE, page, request, result, visit

SPY = "https://spy.unheard.example/hit/pixel.gif"


def lists(folder: Path) -> tuple[str, ...]:
    file = folder / "mine.txt"
    file.write_text("||spy.unheard.example/hit/$third-party\n", "utf-8")
    return (f"analytics={file}",)


def seen() -> dict[str, Any]:
    return result(visit("none", page(requests=[request(SITE), request(SPY)])))


def test_an_address_of_a_list_is_a_leak_of_a_scan(tmp_path: Path) -> None:
    def spy(*named: str) -> Any:
        found = saved_items(seen(), Inventory(seen()), Promise(), named)
        return next(one for one in found if one.name == "spy.unheard.example")

    assert (spy().group, spy().is_leak) == ("unclassified", False)
    told = spy(*lists(tmp_path))
    assert (told.group, told.layer, told.is_leak) == ("analytics", "filter_list", True)
    assert told.reason == "The filter list mine.txt classifies an address at spy.unheard.example as analytics."


def test_an_audit_fails_on_an_address_of_a_list(tmp_path: Path) -> None:
    asked = shipped_classifier(lists(tmp_path))
    assert audit(seen(), Promise(), classifier=asked).count()["leak"] == 1
    assert audit(seen(), Promise()).count()["leak"] == 0
