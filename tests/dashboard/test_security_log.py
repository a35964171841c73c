"""Log-ins and refusals are told in the log, by opaque ids and without what was typed."""

import logging

import pytest

from tests.dashboard.cast import Desk, email_of
from tests.dashboard.test_audit import audit_id


def test_log_ins_and_refusals_are_told_without_names(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "consent.dashboard.security_log")
    viewer = desk.browser("viewer")
    desk.browser().sign_in("viewer", "a guess of somebody")
    desk.browser().sign_in("unknown", "a guess of somebody")
    assert viewer.post("/sites/demo/stop").status_code == 403
    desk.browser("chief").post("/account/proof", {"proof": "wrong"})
    me, chief = audit_id(desk, "Viewer"), audit_id(desk, "Chief")
    told = [record.getMessage() for record in caplog.records if record.name == "consent.dashboard.security_log"]
    assert told == [
        f"{me} signed in by password",
        "a log-in was refused",
        "a log-in was refused",
        f"{me} may not call dashboard.stop_tags",
        f"{chief} signed in by password",
        f"{chief} gave a wrong proof for dashboard.check_proof",
    ]
    assert not any(word in " ".join(told) for word in ("guess", "127.0.0.1", email_of("viewer")))
