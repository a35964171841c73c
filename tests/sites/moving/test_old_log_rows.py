"""Rows of a former tool's log: never more than was granted, refusals first."""

import datetime
from typing import Any

from consent.core.documents.site_settings import OldChoices
from consent.sites.moving.old_log_rows import OldChoice, RowReader

MAPPING: OldChoices = {
    "tool": "didomi",
    "cookie": "didomi_token",
    "categories": {"p1": "advertising", "google": "vendor:demo-ads", "chat": "vendor:chat"},
    "vendors": [],
    "delete": False,
}
GROUPS = {"demo-ads": ["advertising"], "chat": ["functional"]}


def read(**row: Any) -> OldChoice | None:
    reader = RowReader(MAPPING, GROUPS, {}, datetime.date(2026, 12, 1))
    return reader.read(1, {"day": "2026-11-01", **row})


def test_a_refused_group_overrides_the_grant_of_its_vendor():
    refused, granted = read(p1="no", google="yes", chat="yes"), read(p1="yes", google="yes", chat="no")
    assert refused
    assert granted
    assert (refused.groups, refused.vendors) == ({"advertising": False}, {"chat": True})
    assert (granted.groups, granted.vendors) == ({"advertising": True}, {"demo-ads": True, "chat": False})
