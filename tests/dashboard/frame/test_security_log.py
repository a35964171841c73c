"""The log records sign-ins and refusals by opaque ids, without what was typed."""

import logging

import pytest

from tests.dashboard.audit_entries import audit_id
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import email_of


def test_the_security_log_contains_no_personal_data(dashboard: Dashboard, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "consent.dashboard.frame.security_log")
    viewer = dashboard.browser("viewer")
    dashboard.browser().sign_in("viewer", "a guess of somebody")
    dashboard.browser().sign_in("unknown", "a guess of somebody")
    assert viewer.post("/sites/demo/stop").status_code == 403
    dashboard.browser("chief").post("/account/proof", {"proof": "wrong"})
    me, chief = audit_id(dashboard, "Viewer"), audit_id(dashboard, "Chief")
    told = [record.getMessage() for record in caplog.records if record.name == "consent.dashboard.frame.security_log"]
    assert told == [
        f"{me} signed in with password",
        "a sign-in failed",
        "a sign-in failed",
        f"{me} is not allowed to call dashboard.stop_tags",
        f"{chief} signed in with password",
        f"{chief} failed to reauthenticate for dashboard.check_proof",
    ]
    assert not any(word in " ".join(told) for word in ("guess", "127.0.0.1", email_of("viewer")))
