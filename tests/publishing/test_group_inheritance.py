"""Sites inherit a group's settings, setting by setting, until they set their own; only drafts change."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from consent.app import load_rules
from consent.core.documents.config import Draft
from consent.publishing.site_groups.inheritance import (
    Reach,
    apply_to_member,
    change_settings,
    save_settings,
    set_members,
)
from consent.publishing.site_groups.shared_settings import (
    GroupSettings,
    differing,
    inherited,
    own_settings,
    pending_settings,
    settings_of,
    with_copied,
    with_own,
    with_value,
    with_vendor,
    without,
)
from consent.sites.draft import new_draft
from consent.storage.accounts import site_groups
from consent.storage.accounts.site_groups import StaleGroupError
from consent.storage.log.entry_index import payload_of
from consent.storage.sites import sites
from consent.storage.tables.log import LogEntry
from tests.audit_authors import author_of

NOW = 1_790_000_000
RULES = load_rules()
KEYS = ("bakery", "florist", "grocer", "optician")
"""The sites of the group `Brands`; `optician` is archived."""


@pytest.fixture
def brands(engine: Engine, tmp_path: Path) -> "Brands":
    """Put four sites with equal drafts into a group that holds their look, controller and legal settings."""
    return Brands(engine, tmp_path)


class Brands:
    """The group, and what tests do with it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.by = engine, author_of(folder, "command line")
        facts = {"name": "Brands Ltd", "address": "1 Street", "contact": "a@b.example", "retention": "36 months"}
        with engine.begin() as transaction:
            ids = []
            for key in KEYS:
                draft = new_draft(key, [f"https://{key}.example"], facts)
                ids.append(sites.create(transaction, key, key.title(), json.dumps(draft), NOW).id)
            site_groups.put(transaction, "Brands", ids)
            sites.set_archived(transaction, ids[-1], NOW)
            settings = with_copied({}, draft, ["controller", "look", "overrides", "texts"])
            save_settings(transaction, "Brands", settings, 0, self.by, NOW)

    def draft(self, key: str) -> Draft:
        """Return the draft of a site."""
        with self.engine.connect() as connection:
            site = sites.by_key(connection, key)
            assert site
            draft: Draft = json.loads(sites.read_draft(connection, site.id).text)
        return draft

    def edit(self, key: str, change: Callable[[Any], None]) -> None:
        """Change a site's draft as an editor would."""
        with self.engine.begin() as transaction:
            site = sites.by_key(transaction, key)
            assert site
            row = sites.read_draft(transaction, site.id)
            draft = json.loads(row.text)
            change(draft)
            sites.save_draft(transaction, site.id, json.dumps(draft), row.revision)

    def settings(self) -> GroupSettings:
        """Return the group's settings."""
        with self.engine.connect() as connection:
            return settings_of(site_groups.shared(connection, "Brands"))

    def save(self, change: Callable[[Any], Any], source: str = "") -> Reach:
        """Change the group's settings, and the drafts that inherit them."""
        with self.engine.begin() as transaction:
            shared = site_groups.shared(transaction, "Brands")
            settings: Any = settings_of(shared)
            settings = change(settings) or settings
            return change_settings(transaction, "Brands", settings, shared.revision, self.by, RULES, NOW, source)


def set_accent(color: str) -> Callable[[Any], None]:
    return lambda document: document["look"].update(accent=color)


def test_a_change_reaches_drafts_that_inherit_and_no_other_setting_of_them(brands: Brands) -> None:
    brands.edit("florist", set_accent("#aa0000"))
    brands.edit("florist", lambda draft: draft["controller"].update(policy_url="https://florist.example/privacy"))
    brands.edit("grocer", lambda draft: draft["look"].update(radius=2))
    reach = brands.save(set_accent("#00aa00"))
    assert reach.changed == {"bakery": ["look accent"], "grocer": ["look accent"]}
    assert reach.kept == {"florist": ["look accent"]}
    accents = {key: brands.draft(key)["look"]["accent"] for key in KEYS}
    assert accents == {"bakery": "#00aa00", "florist": "#aa0000", "grocer": "#00aa00", "optician": "#0b57d0"}
    assert brands.draft("grocer")["look"]["radius"] == 2, "a site with one value of its own still inherits the others"
    assert own_settings(brands.settings(), "florist") == ["look accent"]


def test_a_setting_of_the_sites_own_stays_even_where_the_group_takes_the_same_value(brands: Brands) -> None:
    brands.edit("florist", set_accent("#aa0000"))
    assert brands.save(set_accent("#aa0000")).kept == {"florist": ["look accent"]}
    assert brands.save(set_accent("#0000aa")).kept == {"florist": ["look accent"]}
    assert brands.draft("florist")["look"]["accent"] == "#aa0000"


def test_values_that_the_group_no_longer_has_are_not_applied_to_a_site(brands: Brands) -> None:
    before = brands.settings()
    brands.edit("florist", set_accent("#aa0000"))
    brands.save(set_accent("#00aa00"))

    def apply(settings: GroupSettings) -> None:
        with brands.engine.begin() as transaction:
            site = sites.by_key(transaction, "florist")
            assert site
            apply_to_member(transaction, site, "Brands", settings, ["look accent"], brands.by, RULES, NOW)

    with pytest.raises(sites.StaleDraftError):
        apply(before)
    assert brands.draft("florist")["look"]["accent"] == "#aa0000"
    apply(brands.settings())
    assert brands.draft("florist")["look"]["accent"] == "#00aa00"


def test_a_new_setting_that_a_site_has_not_taken_yet_is_pending_and_not_its_own(brands: Brands) -> None:
    brands.save(lambda settings: without(settings, "look"))
    brands.edit("florist", set_accent("#aa0000"))
    brands.save(lambda settings: with_copied(settings, brands.draft("bakery"), ["look"]), "bakery")
    assert pending_settings(brands.settings(), "florist") == ["look accent"]
    reach = brands.save(set_accent("#00aa00"), "bakery")
    assert (reach.kept, "florist" in reach.changed) == ({}, False)
    assert own_settings(brands.settings(), "florist") == []
    assert pending_settings(brands.settings(), "florist") == ["look accent"]
    assert with_own(brands.settings(), "florist", ["look accent"]).get("pending") is None


def test_a_site_whose_draft_would_be_invalid_keeps_its_values_without_owning_them(brands: Brands) -> None:
    brands.edit("florist", lambda draft: draft["hosts"].clear())
    assert brands.save(set_accent("#00aa00")).failed.keys() == {"florist"}
    brands.edit("florist", lambda draft: draft["hosts"].append("https://florist.example"))
    assert brands.save(set_accent("#0000aa")).kept == {}
    assert own_settings(brands.settings(), "florist") == []
    assert pending_settings(brands.settings(), "florist") == ["look accent"]


def test_the_end_of_a_shared_section_ends_what_was_recorded_about_it(brands: Brands) -> None:
    brands.edit("florist", set_accent("#aa0000"))
    brands.save(set_accent("#00aa00"))
    assert own_settings(brands.settings(), "florist") == ["look accent"]
    brands.save(lambda settings: without(settings, "look"))
    brands.save(lambda settings: with_copied(settings, brands.draft("bakery"), ["look"]), "bakery")
    assert own_settings(brands.settings(), "florist") == []


def test_another_reader_of_the_same_words_does_not_make_them_the_sites_own(brands: Brands) -> None:
    words = {"title": "Cookies bei uns"}
    for key in KEYS[:3]:
        brands.edit(key, lambda draft: draft["texts"]["languages"].update(de=words))
    brands.save(lambda settings: with_copied(settings, brands.draft("bakery"), ["texts"]), "bakery")
    signed = {"de": {"by": "a" * 32, "on": "2026-11-01", "texts": "0" * 16}}
    brands.edit("florist", lambda draft: draft["texts"].update(readers=signed))
    reach = brands.save(lambda settings: settings["texts"]["languages"].update(de={"title": "Ihre Cookies"}))
    assert (reach.kept, "florist" in reach.changed) == ({}, True)


def test_an_override_of_the_groups_very_value_stays_until_the_site_gives_it_up(brands: Brands) -> None:
    with brands.engine.begin() as transaction:
        shared = site_groups.shared(transaction, "Brands")
        settings = with_own(settings_of(shared), "bakery", ["controller retention"])
        save_settings(transaction, "Brands", settings, shared.revision, brands.by, NOW)
    brands.save(lambda settings: settings["controller"].update(retention="13 months"))
    assert brands.draft("bakery")["controller"]["retention"] == "36 months"
    assert brands.draft("florist")["controller"]["retention"] == "13 months"
    assert "controller retention" not in inherited(brands.draft("bakery"), brands.settings(), "bakery")


def test_the_site_whose_value_the_group_takes_inherits_it_from_then_on(brands: Brands) -> None:
    brands.edit("florist", set_accent("#aa0000"))
    reach = brands.save(lambda settings: with_value(settings, brands.draft("florist"), "look accent"), "florist")
    assert sorted(reach.changed) == ["bakery", "grocer"]
    assert "look accent" in inherited(brands.draft("florist"), brands.settings(), "florist")
    assert brands.save(set_accent("#123456")).changed.keys() == {"bakery", "florist", "grocer"}


def test_languages_come_with_their_words_and_own_words_stay(brands: Brands) -> None:
    brands.edit("florist", lambda draft: draft["texts"]["languages"].update(en={"title": "Flowers first"}))

    def add_german(settings: Any) -> None:
        settings["texts"]["languages"] |= {"en": {"title": "We use cookies"}, "de": {"title": "Wir nutzen Cookies"}}
        settings["texts"]["confirmed"] = ["de"]

    reach = brands.save(add_german)
    assert reach.kept == {"florist": ["words en"]}
    assert brands.draft("bakery")["texts"]["languages"] == brands.settings()["texts"]["languages"]
    texts = brands.draft("florist")["texts"]
    assert texts["languages"] == {"en": {"title": "Flowers first"}, "de": {"title": "Wir nutzen Cookies"}}
    assert texts["confirmed"] == ["de"]


def test_a_setting_that_the_group_did_not_hold_changes_no_draft_by_itself(brands: Brands) -> None:
    brands.edit("bakery", lambda draft: draft["tags"].append({"id": "a", "vendor": "ga4", "enabled": True}))
    assert brands.save(lambda settings: with_vendor(settings, "ga4", is_on=False)) == Reach()
    assert differing(brands.draft("bakery"), brands.settings()) == ["vendors ga4"]
    assert differing(brands.draft("florist"), brands.settings()) == []


def test_a_draft_that_would_be_invalid_is_left_and_listed_and_stops_no_other(brands: Brands) -> None:
    brands.edit("bakery", lambda draft: draft.update(hosts=["never an origin"]))
    reach = brands.save(set_accent("#00aa00"))
    assert (sorted(reach.changed), sorted(reach.failed)) == (["florist", "grocer"], ["bakery"])
    assert brands.draft("bakery")["look"]["accent"] == "#0b57d0"


def test_a_default_counts_as_the_same_as_a_setting_left_out(brands: Brands) -> None:
    brands.edit("bakery", lambda draft: draft["overrides"].pop("sightings"))
    assert differing(brands.draft("bakery"), brands.settings()) == []


def test_a_group_of_an_older_release_names_whole_sections(brands: Brands) -> None:
    settings = brands.settings()
    settings["apart"] = {"bakery": ["look"]}
    own = own_settings(settings, "bakery")
    assert "look accent" in own
    assert {name.partition(" ")[0] for name in own} == {"look"}


def test_each_changed_draft_has_its_own_entries_and_the_group_one(brands: Brands) -> None:
    brands.save(set_accent("#00aa00"))
    with brands.engine.connect() as connection:
        actions = _actions(connection)
    assert actions.count("draft.changed") == actions.count("site_group.applied") == 3
    assert actions.count("site_group.settings_changed") == 2


def test_a_save_with_a_stale_group_revision_changes_nothing(brands: Brands) -> None:
    settings = brands.settings()
    set_accent("#00aa00")(settings)
    with pytest.raises(StaleGroupError), brands.engine.begin() as transaction:
        change_settings(transaction, "Brands", settings, 99, brands.by, RULES, NOW)
    assert brands.draft("bakery")["look"]["accent"] == "#0b57d0"


def test_a_site_that_leaves_is_forgotten_by_the_group(brands: Brands) -> None:
    brands.edit("florist", set_accent("#aa0000"))
    brands.save(set_accent("#00aa00"))
    with brands.engine.begin() as transaction:
        florist, bakery = (sites.by_key(transaction, key) for key in ("florist", "bakery"))
        assert florist
        assert bakery
        set_members(transaction, "Brands", [bakery.id], [florist], brands.by, NOW)
    assert "apart" not in brands.settings()
    assert brands.draft("florist")["look"]["accent"] == "#aa0000"


def _actions(connection: Connection) -> list[str]:
    rows = connection.execute(select(LogEntry.jws).order_by(LogEntry.id)).scalars()
    return [payload_of(jws)["action"] for jws in rows]
