"""Publish a draft: freeze it into an immutable config under the next version."""

import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypedDict

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from consent.core.documents.config import Config, ConfigOptions, Draft, PurposeKey
from consent.core.documents.site_settings import OldChoices
from consent.core.documents.texts import ConfigTexts, DraftTexts
from consent.core.documents.vendors import Cookie
from consent.core.groups import OPTIONAL
from consent.core.purposes import key_entry, next_keys
from consent.core.rules import Rules
from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.presentation.partner_counts import partners, third_parties
from consent.presentation.texts import (
    account_texts,
    banner_texts,
    handover_texts,
    owner_texts,
    purpose_texts,
    tcf_texts,
)
from consent.presentation.theme import style_sheet
from consent.publishing.account_groups import settle_realm
from consent.publishing.approval import UNSEEN, Approval, approval_reasons, check_approval
from consent.publishing.browser_check import UNCHECKED, BrowserChecks
from consent.publishing.checks import Proposal, by_path, errors_of
from consent.publishing.passkey_approvals import SignedApproval
from consent.publishing.text_checks import confirmed
from consent.signing.canonical_json import canonical, sha256_name
from consent.sites.custom.code import CodeGuard
from consent.sites.custom.rules import custom_rule_name
from consent.sites.draft import DraftError, check_draft, new_draft
from consent.sites.draft_changes import Parts, tag_order, unique_name
from consent.sites.experiments.variants import is_experiment, shown_variants
from consent.sites.moving.mapping import CONFIRMED, ENDED, mapping_name
from consent.sites.moving.old_choices import TOOLS, mapped_key
from consent.sites.vendor_lists.site_cut import CutSource, cut_source, is_on, store_files
from consent.storage.database.base import Transaction
from consent.storage.sites import approval_requests, configs, draft_comments, sites
from consent.storage.sites.sites import SiteRow

COMPARED_BY_ENTRY = ("rules", "one_rule", "reasons")
"""Settings that a difference lists entry by entry."""


@dataclass(frozen=True, slots=True)
class PublishedConfig:
    """The name (`sha256:` and 64 hex digits) and version of the live config; `is_new` unless it was live before."""

    name: str
    version: int
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a draft and the live config; `before` and `after` are JSON-able or None."""

    subject: str
    before: Any
    after: Any

    @property
    def kind(self) -> str:
        """Return `added`, `removed` or `changed`."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


class ArtifactNames(TypedDict):
    """The hashes of a config's artifacts, 64 hex digits each."""

    rules_sha256: str
    banner_sha256: str


@dataclass(frozen=True, slots=True)
class Artifacts:
    """Files kept forever: the rule tables and the built banner, named by hash in configs, and the banner's later parts."""

    rules: bytes
    banner: bytes
    acts: bytes = b""
    screens: bytes = b""

    def names(self) -> ArtifactNames:
        """Return the hashes of the artifacts as a config has them, 64 hex digits each."""
        return {
            "rules_sha256": sha256_name(self.rules).removeprefix("sha256:"),
            "banner_sha256": sha256_name(self.banner).removeprefix("sha256:"),
        }

    def save(self, transaction: Transaction) -> None:
        """Store the artifacts in the database, from which nodes of other releases serve the scripts."""
        kinds = {"rules": self.rules, "banner": self.banner, "acts": self.acts, "screens": self.screens}
        for kind, body in kinds.items():
            if body:
                configs.put_artifact(transaction, kind, body)


class UnknownSiteError(KeyError):
    """There is no site with this key, or not anymore."""


CHANGED_MEANWHILE = translatable("Someone changed the draft after you opened this page. Review it again.")


def publish(
    engine: Engine,
    site: str,
    rules: Rules,
    artifacts: Artifacts,
    guard: CodeGuard,
    by: Author,
    note: str = "",
    approval: Approval = UNSEEN,
    browser_checks: BrowserChecks = UNCHECKED,
    revision: int | None = None,
) -> PublishedConfig:
    """Freeze the draft of `site` into a config, make it live, and return its name; the current one if nothing changed.

    `approval` states who else reviewed it, and `revision` which draft was reviewed, by default the current one. Raises
    DraftError if the draft fails its checks, needs a second user or was changed in the meantime, UnknownSiteError if
    the site doesn't exist or was deleted.
    """
    with engine.connect() as connection:
        row = _find(connection, site)
        seen = sites.read_draft(connection, row.id).revision if revision is None else revision
        if browser_checks.are_possible and not approval.is_known:
            check_in_browser(connection, row, rules, artifacts, guard, browser_checks)
    with engine.begin() as connection:
        sites.lock_site(connection, row.id)
        row = _find(connection, site)
        if sites.read_draft(connection, row.id).revision != seen:
            raise DraftError({"revision": CHANGED_MEANWHILE})
        return publish_within(connection, row, rules, artifacts, guard, by, note, approval, browser_checks)


def check_in_browser(
    transaction: Transaction,
    site: SiteRow,
    rules: Rules,
    artifacts: Artifacts,
    guard: CodeGuard,
    browser_checks: BrowserChecks,
) -> None:
    """Test the draft in Chromium unless it is already live; this takes seconds, during which nothing may be locked.

    Raises DraftError if its format is invalid.
    """
    proposal = propose(transaction, site, rules, artifacts, guard)
    if not proposal.is_live:
        browser_checks.run(transaction, proposal.config, artifacts.banner)


def _find(transaction: Transaction, site: str) -> SiteRow:
    row = sites.by_key(transaction, site)
    if row is None or row.deleted_at is not None:
        raise UnknownSiteError(site)
    return row


def publish_within(
    transaction: Connection,
    site: SiteRow,
    rules: Rules,
    artifacts: Artifacts,
    guard: CodeGuard,
    by: Author,
    note: str = "",
    approval: Approval = UNSEEN,
    browser_checks: BrowserChecks = UNCHECKED,
) -> PublishedConfig:
    """Publish within a transaction that does more. `browser_checks` has already tested the draft.

    Raises DraftError like `publish`.
    """
    proposal = propose(transaction, site, rules, artifacts, guard)._replace(
        is_known=approval.is_known, browser_checks=browser_checks
    )
    if proposal.live and proposal.is_live:
        approval_requests.remove(transaction, site.id)
        return PublishedConfig(site.live_config or "", proposal.live["version"], is_new=False)
    if problems := errors_of(proposal):
        raise DraftError(by_path(problems))
    reasons = approval_reasons(transaction, site, proposal.draft, proposal.live, guard)
    check_approval(transaction, site, approval, by.who.id, reasons)
    approval_requests.remove(transaction, site.id)
    if proposal.tcf and (cut := proposal.tcf.cut(proposal.draft, proposal.live)):
        store_files(transaction, cut.files)
    published = put_live(transaction, site, proposal.document, artifacts, by, int(time.time()), note, approval)
    draft_comments.close(transaction, site.id, published.version)
    return published


def propose(transaction: Transaction, site: SiteRow, rules: Rules, artifacts: Artifacts, guard: CodeGuard) -> Proposal:
    """Return the site's draft with the config that it would become. Raises DraftError if its format is invalid."""
    text = sites.read_draft(transaction, site.id).text
    _check_text(text, rules)
    return proposal_of(transaction, site, json.loads(text), rules, artifacts, guard)


@lru_cache(8)
def _check_text(text: str, rules: Rules) -> None:
    """Check a stored draft; the result is cached, since the page checks it before the publish does."""
    check_draft(json.loads(text), rules.codes)


def proposal_of(
    transaction: Transaction, site: SiteRow, draft: Draft, rules: Rules, artifacts: Artifacts, guard: CodeGuard
) -> Proposal:
    """Return `draft`, whose format is valid, with the config that it would become."""
    live = configs.get_document(transaction, site.live_config)
    source = cut_source(transaction, draft, guard.catalog)
    document = freeze(draft, live, configs.next_version(transaction, site.id), artifacts, source)
    return Proposal(site, draft, document, live, rules, guard, transaction, tcf=source)


def put_live(
    transaction: Connection,
    site: SiteRow,
    document: Config,
    artifacts: Artifacts,
    by: Author,
    now: int,
    note: str,
    approval: Approval = UNSEEN,
) -> PublishedConfig:
    """Store the config `document` and its artifacts, and make it live. Raises DraftError if its version is taken."""
    version = document["version"]
    artifacts.save(transaction)
    try:
        who = f"{approval.asked_by}+{by.who.id}" if approval.asked_by else by.who.id
        name = configs.put_config(transaction, site.id, version, canonical(document), now=now, by=who, note=note)
    except IntegrityError:
        raise DraftError({"version": translatable("Someone else has just published. Review again.")}) from None
    if approval.signed:
        _store_signed_approval(transaction, name, approval.signed)
    _record_mapping(transaction, site, document, by, now)
    settle_realm(transaction, site, document, by, now)
    configs.set_live(transaction, site.id, name)
    before = {"config": site.live_config} if site.live_config else None
    by.record(
        transaction,
        site,
        "version.published",
        f"version {version}",
        before,
        {"config": name} | approval.audit_facts,
        now,
    )
    return PublishedConfig(name, version)


def _record_mapping(transaction: Connection, site: SiteRow, document: Config, by: Author, now: int) -> None:
    """Log who made a mapping for another tool's choices live, or that the last one ended."""
    live = configs.get_document(transaction, site.live_config)
    before = live["overrides"].get("old_choices") if live else None
    after = document["overrides"].get("old_choices")
    present: OldChoices | None = after or before
    if before == after or present is None:
        return
    action = CONFIRMED if after else ENDED
    was, becomes = ({"mapping": mapping_name(one), **one} if one else None for one in (before, after))
    by.record(transaction, site, action, TOOLS[present["tool"]].name, was, becomes, now)


def _store_signed_approval(transaction: Transaction, config: str, signed: SignedApproval) -> None:
    if signed["statement"]["config"] != config:
        raise DraftError({"revision": "Someone changed the draft after you confirmed it. Review it again."})
    configs.put_approval(transaction, config, canonical(signed).decode())


def freeze(
    draft: Draft, earlier: Config | None, version: int, artifacts: Artifacts, tcf: CutSource | None = None
) -> Config:
    """Return the config document that `draft` becomes; `earlier` is the live one, whose purpose keys continue.

    `tcf` is the source of the vendors of a draft with TCF.
    """
    older = earlier["purpose_keys"] if earlier else {}
    overrides = draft["texts"]["languages"]
    texts: ConfigTexts = {
        "default_language": draft["texts"]["default_language"],
        "languages": {
            language: frozen_texts(language, owner_texts(language, overrides), draft) for language in overrides
        },
        "own": {language: own for language, own in overrides.items() if own},
    }
    if links := draft["texts"].get("links"):
        texts["links"] = links
    cut = tcf.cut(draft, earlier) if tcf else None
    experiment = shown_variants(draft, frozen_texts)
    return {
        **draft,
        "version": version,
        "texts": texts,
        "purpose_keys": {group: _keys(draft, older.get(group, []), group) for group in OPTIONAL},
        "style": style_sheet(draft["look"], draft["site"]),
        **(ConfigOptions(tcf=cut.document) if cut else ConfigOptions()),
        **(ConfigOptions(experiment=experiment) if experiment else ConfigOptions()),
        **artifacts.names(),
    }


def _keys(draft: Draft, older: list[PurposeKey], group: str) -> list[PurposeKey]:
    """Return a group's purpose keys: the current one, the one for choices made with another tool, and earlier ones."""
    mapping = draft["overrides"].get("old_choices")
    if mapping:
        older = next_keys(older, mapped_key(draft, mapping, group))
    return next_keys(older, key_entry(draft["tags"], draft["cookies"], group))


def frozen_texts(language: str, own: dict[str, str], draft: Draft) -> dict[str, str]:
    """Return every string of both layers in `language`: the owner's `own` over the shipped ones, placeholders filled."""
    purposes = purpose_texts(language)
    used = {code for tag in draft["tags"] for code in tag["purposes"]}
    used |= {cookie["purpose"] for cookie in draft["cookies"] if cookie["purpose"]}
    count = len(third_parties(draft["tags"]))
    names = {
        "{controller}": draft["controller"]["name"],
        "{vendors}": str(count),
        "{partners}": partners(count, language),
    }
    accounts = account_texts(language) if draft["overrides"].get("accounts") else {}
    shared = handover_texts(language) if draft["overrides"].get("handover") else {}
    framework = tcf_texts(language) if is_on(draft) else {}
    texts = {**banner_texts(language), **accounts, **shared, **framework, **own}
    for key, text in texts.items():
        if "{" in text:
            for mark, name in names.items():
                text = text.replace(mark, name)
            texts[key] = text
    more = draft["texts"].get("links", {}).get(language, {}).get("more", [])
    texts |= {f"more_{number}": link["label"] for number, link in enumerate(more, 1)}
    return {**texts, **{f"purpose_{code}": purposes[code] for code in sorted(used) if code in purposes}}


def thaw(document: Config, draft: Draft) -> Draft:
    """Return the draft that the config `document` was frozen from, to publish older content as a new version.

    If the config doesn't record which strings were the owner's, those of `draft` stay. Its languages were confirmed
    when it was published.
    """
    own = document["texts"].get("own", draft["texts"]["languages"])
    languages = {language: own.get(language, {}) for language in document["texts"]["languages"]}
    texts: DraftTexts = {
        "default_language": document["texts"]["default_language"],
        "languages": languages,
        "confirmed": sorted({*confirmed(draft), *languages}),
    }
    if readers := draft["texts"].get("readers"):
        texts["readers"] = readers
    if links := document["texts"].get("links"):
        texts["links"] = links
    return {
        "schema": document["schema"],
        "site": document["site"],
        "controller": document["controller"],
        "hosts": document["hosts"],
        "tags": document["tags"],
        "vendors": document["vendors"],
        "cookies": document["cookies"],
        "look": document["look"],
        "variants": document["variants"],
        "overrides": document["overrides"],
        "texts": texts,
    }


def differences(draft: Draft, live: Config | None) -> list[Change]:
    """Return what publishing `draft` would change in the `live` document, part by part.

    A setting that `live` lacks, before a first publish or in a config of an older release, counts as its default there.
    """
    before = _default_parts(live is None)
    before |= _parts(thaw(live, draft)) if live else {}
    if live:
        before |= {f"text {lang}": texts for lang, texts in live["texts"]["languages"].items()}
    after = _parts(draft)
    own = draft["texts"]["languages"]
    after |= {f"text {lang}": frozen_texts(lang, owner_texts(lang, own), draft) for lang in own}
    if live:
        names = {tag["id"]: tag["name"] for tag in draft["tags"]}
        old_order, new_order = tag_order(live, draft), tag_order(draft, live)
        before["order of tags"], after["order of tags"] = (
            [names[one] for one in ids] for ids in (old_order, new_order)
        )
    return _changes(before, after)


def draft_differences(before: Draft, after: Draft) -> list[Change]:
    """Return the differences between two drafts of a site, part by part; for texts, only the owner's."""
    sides = []
    for draft in (before, after):
        languages = {"texts languages": sorted(draft["texts"]["languages"]), "texts confirmed": confirmed(draft)}
        sides.append(_parts(draft) | languages)
    return _changes(*sides)


def version_differences(before: Config, after: Config) -> list[Change]:
    """Return the differences between two versions of a site, each with the texts it was published with."""
    sides = []
    for version, other in ((before, after), (after, before)):
        parts = _default_parts(is_first=False) | _parts(thaw(version, new_draft(version["site"], [])))
        parts |= {f"text {lang}": texts for lang, texts in version["texts"]["languages"].items()}
        names = {tag["id"]: tag["name"] for tag in after["tags"]}
        parts["order of tags"] = [names[one] for one in tag_order(version, other)]
        sides.append(parts)
    return _changes(*sides)


def _changes(before: Parts, after: Parts) -> list[Change]:
    pairs = ((subject, before.get(subject), after.get(subject)) for subject in dict.fromkeys([*before, *after]))
    return [Change(subject, old, new) for subject, old, new in pairs if old != new]


def _default_parts(is_first: bool) -> Parts:
    """Return the default settings: those of a new draft, except that old configs have no payment pages."""
    parts = _parts(new_draft("", []))
    if not is_first:
        parts["overrides payment_paths"] = []
    return {name: value for name, value in parts.items() if name.startswith(("controller ", "look ", "overrides "))}


def cookie_parts(cookies: list[Cookie]) -> dict[str, Cookie]:
    """Return `cookies` by the subjects that their changes have."""
    parts: dict[str, Cookie] = {}
    for cookie in cookies:
        name = f"{'cookie' if cookie['kind'] == 'cookie' else cookie['kind'] + ' storage'} {cookie['name']}"
        parts[unique_name(parts, name, cookie)] = cookie
    return parts


def _parts(draft: Draft) -> Parts:
    parts: Parts = {f"tag {tag['id']}": tag for tag in draft["tags"]}
    parts |= {f"vendor {vendor['id']}": vendor for vendor in draft["vendors"]}
    parts |= cookie_parts(draft["cookies"])
    for section in ("controller", "look", "overrides"):
        parts |= {f"{section} {name}": value for name, value in draft[section].items() if name not in COMPARED_BY_ENTRY}
    parts |= {f"rule {custom_rule_name(entry)}": entry for entry in draft["overrides"].get("rules", [])}
    parts |= {f"one-rule {entry['country']}": entry for entry in draft["overrides"].get("one_rule", [])}
    parts |= {f"reason {name}": entry for name, entry in draft["overrides"].get("reasons", {}).items()}
    parts |= {f"words {language}": own for language, own in draft["texts"]["languages"].items() if own}
    parts |= {f"links {language}": links for language, links in draft["texts"].get("links", {}).items()}
    if is_experiment(draft["variants"]):
        parts["experiment"] = draft["variants"]
    parts["hosts"] = draft["hosts"]
    parts["default language"] = draft["texts"]["default_language"]
    return parts
