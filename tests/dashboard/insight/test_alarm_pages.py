"""Alarm messages link to the page of the dashboard that the page *Alarms* links to."""

from flask import url_for

from consent.alarms.rules import KINDS
from consent.dashboard.insight.alarms import ALARM_PAGES
from tests.dashboard.client import Dashboard


def test_messages_and_the_dashboard_link_to_the_same_pages(dashboard: Dashboard) -> None:
    with dashboard.app.test_request_context():
        overview = url_for("dashboard.overview", site="demo")
        pages = {kind: url_for(endpoint, site="demo").removeprefix(overview) for kind, endpoint in ALARM_PAGES.items()}
    assert pages == {kind.name: kind.page for kind in KINDS if kind.page}
