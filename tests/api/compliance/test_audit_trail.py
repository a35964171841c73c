"""No route of the public API lets a user or token change anything without a log entry."""

from tests.api.shop import Shop

OF_VISITORS = {
    "Receipts.receipt_write": "a choice, which is a receipt in the log itself",
    "Visitors.preview_choice": "starts or leaves a preview in this browser alone",
    "Visitors.withdrawal": "the visitor withdraws, or drops the id: receipts again",
    "Pages.event": "a count of banners shown, of nobody",
    "Pages.csp_reports": "names of hosts that a policy met, of nobody",
    "Pages.sightings": "names that a page met, of nobody",
    "Gate.gate_event": "a question about one event, of which a count in memory is left",
    "Pages.account": "joins what one visitor chose: receipts again",
    "Pages.account_deletion": "the visitor deletes the account's choice",
    "Pages.sign_out": "leaves the account in this browser alone",
    "Accounts.account_found": "reads, with the subject in the body to keep it out of addresses",
    "Accounts.account_refusal": "a refusal by the visitor, which is a receipt in the log itself",
    "Delivery.acknowledgment": "by a receiver, whose words are in the entry of the hour",
    "Configuration.draft_check": "a check, which saves nothing",
    "Hand-over.handover": "a visitor takes a choice along to another domain: no receipt before it is redeemed",
    "Hand-over.redemption": "the choice arrives there: a receipt in the log itself",
}
"""Routes that change something for visitors; no user or token acts through them."""


TOLD = {
    "Exports.export_request": "tests/api/compliance/test_export_jobs.py",
    "Exports.export_removal": "tests/api/compliance/test_export_jobs.py",
    "Receipts.erasure": "an erasure entry, with its own test",
    "Accounts.account_closed": "an erasure entry: tests/api/compliance/test_accounts.py",
    **dict.fromkeys(
        ("Accounts.account_merge", "Accounts.subject_key_created", "Accounts.subject_key_retired"),
        "an audit entry by the token: tests/api/compliance/test_accounts.py",
    ),
    **dict.fromkeys(
        (
            *("Compliance.evidence", "Compliance.access", "Compliance.mark", "Compliance.lift"),
            *("Compliance.request_added", "Compliance.request_changed"),
            *("Compliance.retention_set", "Compliance.retention_run"),
        ),
        "an audit entry by the token: tests/api/http/test_openapi_examples.py",
    ),
    "Delivery.replay_started": "an audit entry by the token: tests/api/page/test_outbox_events.py",
    "Configuration.site_created": "tests/api/configuration/test_sites.py",
    **dict.fromkeys(
        ("Configuration.draft_tag_saved", "Configuration.draft_tag_removed", "Configuration.draft_texts_saved"),
        "the entry of a changed draft: tests/api/configuration/test_draft_parts.py",
    ),
    "Configuration.draft_saved": "tests/api/configuration/test_configuration.py",
    "Configuration.publish": "tests/api/configuration/test_configuration.py",
    "Configuration.restore": "tests/api/configuration/test_configuration.py",
    **dict.fromkeys(
        ("Configuration.group_applied", "Configuration.group_published"),
        "an audit entry for each site: tests/api/configuration/test_site_groups.py",
    ),
    **dict.fromkeys(
        ("Visitors.visitor_request", "Visitors.request_confirmed", "Visitors.request_taken_back"),
        "an audit entry by a visitor without a name: tests/api/visitor/test_requests.py",
    ),
}


def test_each_state_changing_route_is_for_visitors_or_audited(shop: Shop) -> None:
    changing = {
        rule.endpoint
        for rule in shop.service.api.url_map.iter_rules()
        if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert changing == set(OF_VISITORS) | set(TOLD), "a route for tokens needs a test that it writes an audit entry"
