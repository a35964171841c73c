"""The public API has no route by which a person or a token changes something that the log would not tell of."""

from tests.api.conftest import Shop

OF_VISITORS = {
    "Receipts.Receipts": "a choice, which is a receipt in the log itself",
    "Visitors.OwnReceipts": "the visitor withdraws, or drops the id: receipts again",
    "Pages.Events": "a count of banners shown, of nobody",
    "Pages.CspReports": "names of hosts that a policy met, of nobody",
    "Pages.PageSightings": "names that a page met, of nobody",
}
"""Routes that change something for visitors, by which no person or token acts."""


TOLD = {
    "Exports.Exports": "tests/api/test_exports.py",
    "Exports.OneExport": "tests/api/test_exports.py",
    "Receipts.erasure": "an erasure entry, with its own test",
    **dict.fromkeys(
        (
            *("Compliance.evidence", "Compliance.access", "Compliance.Marks", "Compliance.Requests"),
            *("Compliance.request_changed", "Compliance.Retention", "Compliance.retention_run"),
        ),
        "an audit entry by the token: tests/api/test_examples.py",
    ),
}


def test_each_changing_route_is_of_visitors_or_told_in_the_log(shop: Shop) -> None:
    changing = {
        rule.endpoint
        for rule in shop.service.api.url_map.iter_rules()
        if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert changing == set(OF_VISITORS) | set(TOLD), "a route for tokens needs a test that it writes an audit entry"
