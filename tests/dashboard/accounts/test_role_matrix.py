"""The page that lists what each role may do."""

import re

from consent.dashboard.accounts.role_matrix import ACTION_WORDS, SECTIONS
from consent.dashboard.frame.permissions import ACTIONS
from consent.storage.tables.accounts import SITE_ROLES
from tests.dashboard.client import Dashboard


def test_each_action_that_needs_a_role_is_in_the_matrix_once() -> None:
    listed = [name for _, names in SECTIONS for name in names]
    assert sorted(listed) == sorted(name for name, roles in ACTIONS.items() if "" not in roles)
    assert set(ACTION_WORDS) == set(listed)


def test_each_role_sees_what_the_permission_table_says(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get("/roles").text
    row = page.split(">Export receipts</th>")[1].split("</tr>")[0]
    answers = re.findall(r'<span class="vh">(yes|no)</span>', row)
    assert answers == ["yes" if role in ACTIONS["export_receipts"] else "no" for role in SITE_ROLES]
    assert "/roles" in dashboard.browser("chief").get("/users").text
