"""`consent group` and `consent site delete`, with the dashboard's wording."""

import json
from typing import Any

from consent.cli.common import open_engine, settings_or_exit
from consent.publishing.site_groups.shared_settings import GroupSettings, settings_of
from consent.storage.accounts import site_groups


def test_settings_go_from_one_site_through_the_group_to_the_other_and_live(say: Any, site: Any) -> None:
    assert say("site", "create", "blog", "--name", "Blog", "--host", "https://blog.example")[0] == 0
    assert say("group", "set", "Brands", "shop", "blog") == (0, "The group Brands has 2 sites.")
    assert say("group", "copy", "Brands", "shop", "--section", "look", "--section", "controller")[0] == 0
    assert say("group", "copy", "Never", "shop", "--section", "look") == (1, "Error: There is no group Never.")
    code, dry = say("group", "apply", "Brands", "--dry-run")
    assert (code, "blog: controller" in dry, "shop" in dry.splitlines()) == (0, True, False)
    assert say("group", "apply", "Brands")[1] == dry
    assert say("group", "apply", "Brands") == (0, "")
    assert say("group", "list") == (0, "Brands: blog, shop; shares controller, look")
    code, said = say("group", "publish", "Brands")
    assert (code, "blog: not published" in said, "shop: version" in said) == (1, True, True)


def test_a_dry_run_of_a_publish_prints_changes_and_problems_and_writes_nothing(say: Any, site: Any) -> None:
    assert say("site", "create", "blog", "--name", "Blog", "--host", "https://blog.example")[0] == 0
    assert say("group", "set", "Brands", "shop", "blog")[0] == 0
    code, said = say("group", "publish", "Brands", "--dry-run")
    lines = said.splitlines()
    assert (code, lines[-1]) == (1, "Error: 1 site could not be published.")
    assert "blog: would not be published." in lines
    assert "    controller.address: Required before publishing (GDPR art. 13)." in lines
    assert "shop: version 1 would be live." in lines
    code, said = say("group", "publish", "Brands", "--site", "shop", "--dry-run")
    assert (code, "changed: Addresses of the site" in said.splitlines()) == (0, True)
    assert say("group", "publish", "Brands", "--site", "shop") == (0, "shop: version 1 is live.")
    assert say("group", "publish", "Brands", "--site", "shop", "--dry-run") == (0, "shop: version 1 stays live.")


def test_a_dry_run_of_an_application_fails_where_the_application_does(say: Any, site: Any) -> None:
    assert say("group", "set", "Brands", "shop")[0] == 0
    with open_engine(settings_or_exit()) as engine, engine.begin() as connection:
        look = {"accent": "green", "radius": 4, "position": "bottom", "font": "system"}
        site_groups.save_shared(connection, "Brands", json.dumps({"look": look}), 0)
    code, dry = say("group", "apply", "Brands", "--dry-run")
    assert (code, "shop: would not be changed. look.accent: " in dry) == (1, True)
    assert say("group", "apply", "Brands") == (1, dry.replace("would not be changed", "not changed"))
    assert say("config", "export", "shop")[1] == json.dumps(site, indent=2, ensure_ascii=False)


def test_a_setting_that_is_applied_is_no_longer_pending(say: Any, site: Any) -> None:
    assert say("site", "create", "blog", "--name", "Blog", "--host", "https://blog.example")[0] == 0
    assert say("group", "set", "Brands", "shop", "blog")[0] == 0
    assert say("group", "copy", "Brands", "shop", "--section", "controller")[0] == 0
    assert "controller name" in _group_settings()["pending"]["blog"]
    assert say("group", "apply", "Brands", "--dry-run")[0] == 0
    assert "pending" in _group_settings()
    assert say("group", "apply", "Brands")[0] == 0
    assert "pending" not in _group_settings()


def _group_settings() -> GroupSettings:
    with open_engine(settings_or_exit()) as engine, engine.connect() as connection:
        return settings_of(site_groups.shared(connection, "Brands"))


def test_an_archived_site_is_deleted_by_its_name_and_its_receipts_can_still_be_reached(say: Any, site: Any) -> None:
    assert say("site", "delete", "shop", "--name", "Shop") == (1, "Error: The site shop is in use; archive it first.")
    assert say("site", "archive", "shop")[0] == 0
    assert say("site", "delete", "shop", "--name", "Other")[0] == 1
    code, said = say("site", "delete", "shop", "--name", "Shop")
    assert (code, said) == (0, "Deleted Shop (shop).")
    assert say("config", "export", "shop")[0] == 1
    assert say("receipts", "prune", "shop", "--dry-run")[0] == 0
    assert say("site", "archive", "shop", "--restore")[0] == 1


def test_a_group_without_a_site_or_of_a_name_that_cannot_be_is_refused(say: Any, site: Any) -> None:
    assert say("group", "set", "a:b", "shop")[0] == 1
    assert say("group", "set", "Brands", "never")[0] == 1
    assert say("group", "list") == (0, "There are no groups of sites.")
