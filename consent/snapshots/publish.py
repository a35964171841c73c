"""Publishing: a draft frozen into an immutable config under the next version."""

import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from consent.core.groups import OPTIONAL
from consent.core.purposes import key_entry, next_keys
from consent.core.rules import Rules
from consent.proof.audit import Author
from consent.proof.canonical import canonical, sha256_name
from consent.snapshots.confirm import confirmed
from consent.snapshots.draft import Draft, DraftError, check_draft, new_draft
from consent.snapshots.draft_parts import name_beside, tag_order
from consent.snapshots.look import style_sheet
from consent.snapshots.own_rules import own_rule_name
from consent.snapshots.publish_checks import Proposal, by_path, faults_of
from consent.snapshots.second_person import UNSEEN, Look, check_look, reasons_to_wait
from consent.snapshots.texts import banner_texts, owner_texts, purpose_texts
from consent.snapshots.trial import UNTRIED, Trials
from consent.storage import configs, publish_requests, sites
from consent.storage.base import Transaction
from consent.storage.sites import FoundSite

TOLD_EACH = ("rules", "one_rule", "reasons")
"""Settings that a difference tells entry by entry."""
PUBLISHED_ONLY = ("version", "purpose_keys", "style", "rules_sha256", "banner_sha256")


@dataclass(frozen=True, slots=True)
class PublishedConfig:
    """The name (`sha256:` and 64 hex digits) and version of a config that is live; `is_new` unless it was before."""

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


@dataclass(frozen=True, slots=True)
class Artefacts:
    """What is kept for ever: the rule tables and the built banner, which configs name by hash, and its part `acts`."""

    rules: bytes
    banner: bytes
    acts: bytes = b""

    def names(self) -> dict[str, str]:
        """Return what a config says of them: 64 hex digits each."""
        return {
            "rules_sha256": sha256_name(self.rules).removeprefix("sha256:"),
            "banner_sha256": sha256_name(self.banner).removeprefix("sha256:"),
        }

    def keep(self, transaction: Transaction) -> None:
        """Keep them in the database: nodes of other releases serve the scripts from there."""
        for kind, body in (("rules", self.rules), ("banner", self.banner), ("acts", self.acts)):
            if body:
                configs.put_artefact(transaction, kind, body)


def publish(
    engine: Engine,
    site: str,
    rules: Rules,
    artefacts: Artefacts,
    by: Author,
    note: str = "",
    look: Look = UNSEEN,
    trials: Trials = UNTRIED,
) -> PublishedConfig:
    """Freeze the draft of `site` into a config, make it live, and return its name; that of now where nothing changed.

    `look` tells who else looked at it. Raises DraftError where the draft does not pass its checks or waits for a second
    person, KeyError for an unknown site.
    """
    if trials.are_possible and not look.is_known:  # takes seconds, in which nothing may be locked
        with engine.connect() as connection:
            proposal = propose(connection, _find(connection, site), rules, artefacts)
            if not proposal.is_live:
                trials.run(connection, proposal.config, artefacts.banner)
    with engine.begin() as connection:
        return publish_within(connection, _find(connection, site), rules, artefacts, by, note, look, trials)


def _find(transaction: Transaction, site: str) -> FoundSite:
    row = sites.by_key(transaction, site)
    if row is None:
        raise KeyError(site)
    return row


def publish_within(
    transaction: Connection,
    site: FoundSite,
    rules: Rules,
    artefacts: Artefacts,
    by: Author,
    note: str = "",
    look: Look = UNSEEN,
    trials: Trials = UNTRIED,
) -> PublishedConfig:
    """Publish in a transaction that has more to do. `trials` tried the draft before. Raises DraftError as `publish`."""
    proposal = propose(transaction, site, rules, artefacts)._replace(is_known=look.is_known, trials=trials)
    if proposal.live and proposal.is_live:
        publish_requests.remove(transaction, site.id)
        return PublishedConfig(site.live_config or "", proposal.live["version"], is_new=False)
    if faults := faults_of(proposal):
        raise DraftError(by_path(faults))
    reasons = reasons_to_wait(transaction, site, proposal.draft, proposal.live)
    check_look(look, by.who.id, reasons)
    publish_requests.remove(transaction, site.id)
    return put(transaction, site, proposal.document, artefacts, by, int(time.time()), note, look)


def propose(transaction: Transaction, site: FoundSite, rules: Rules, artefacts: Artefacts) -> Proposal:
    """Return the draft of `site` with the config that it would become. Raises DraftError where its form is faulty."""
    text = sites.read_draft(transaction, site.id).text
    _check_text(text, rules)
    return proposal_of(transaction, site, json.loads(text), rules, artefacts)


@lru_cache(8)
def _check_text(text: str, rules: Rules) -> None:
    """Check a draft as it is stored; one that passed is remembered, since a page asks and then the press."""
    check_draft(json.loads(text), rules.codes)


def proposal_of(
    transaction: Transaction, site: FoundSite, draft: Draft, rules: Rules, artefacts: Artefacts
) -> Proposal:
    """Return `draft`, whose form is right, with the config that it would become."""
    body = configs.get_config(transaction, site.live_config) if site.live_config else None
    live = json.loads(body) if body else None
    document = freeze(draft, live, configs.next_version(transaction, site.id), artefacts)
    return Proposal(site, draft, document, live, rules, transaction)


def put(
    transaction: Connection,
    site: FoundSite,
    document: dict[str, Any],
    artefacts: Artefacts,
    by: Author,
    now: int,
    note: str,
    look: Look = UNSEEN,
) -> PublishedConfig:
    """Store the config `document` with what it names, and make it live. Raises DraftError where its version is taken."""
    version = document["version"]
    artefacts.keep(transaction)
    try:
        who = f"{look.asked_by}+{by.who.id}" if look.asked_by else by.who.id
        name = configs.put_config(transaction, site.id, version, canonical(document), now=now, by=who, note=note)
    except IntegrityError:
        raise DraftError({"version": "Somebody else has published just now; look again."}) from None
    configs.set_live(transaction, site.id, name)
    before = {"config": site.live_config} if site.live_config else None
    by.tell(transaction, site, "version.published", f"version {version}", before, {"config": name} | look.told, now)
    return PublishedConfig(name, version)


def freeze(draft: Draft, earlier: dict[str, Any] | None, version: int, artefacts: Artefacts) -> dict[str, Any]:
    """Return the document of the config that `draft` becomes; `earlier` is the live one, whose purpose keys go on."""
    older = earlier["purpose_keys"] if earlier else {}
    overrides = draft["texts"]["languages"]
    return {
        **draft,
        "version": version,
        "texts": {
            "default_language": draft["texts"]["default_language"],
            "languages": {
                language: frozen_texts(language, owner_texts(language, overrides), draft) for language in overrides
            },
            "own": {language: own for language, own in overrides.items() if own},
            **({"links": links} if (links := draft["texts"].get("links")) else {}),
        },
        "purpose_keys": {
            group: next_keys(older.get(group, []), key_entry(draft["tags"], draft["cookies"], group))
            for group in OPTIONAL
        },
        "style": style_sheet(draft["look"], draft["site"]),
        **artefacts.names(),
    }


def frozen_texts(language: str, own: dict[str, str], draft: Draft) -> dict[str, str]:
    """Return every string of both layers in `language`: the owner's `own` over ours, placeholders filled."""
    purposes = purpose_texts(language)
    used = {code for tag in draft["tags"] for code in tag["purposes"]}
    used |= {cookie["purpose"] for cookie in draft["cookies"] if cookie["purpose"]}
    third = {tag["vendor"] for tag in draft["tags"] if tag["third_party"] and tag["enabled"]}
    names = {"{controller}": draft["controller"]["name"], "{vendors}": str(len(third))}
    texts = {**banner_texts(language), **own}
    for key, text in texts.items():
        if "{" in text:
            for mark, name in names.items():
                text = text.replace(mark, name)
            texts[key] = text
    more = draft["texts"].get("links", {}).get(language, {}).get("more", [])
    texts |= {f"more_{number}": link["label"] for number, link in enumerate(more, 1)}
    return {**texts, **{f"purpose_{code}": purposes[code] for code in sorted(used) if code in purposes}}


def thaw(document: dict[str, Any], draft: Draft) -> Draft:
    """Return the draft that the config `document` was frozen from, to publish older content as a new version.

    Of a config that does not say which strings were the owner's, those of `draft` stay. Its languages were confirmed when
    it was published.
    """
    kept = {key: value for key, value in document.items() if key not in PUBLISHED_ONLY}
    own = document["texts"].get("own", draft["texts"]["languages"])
    languages = {language: own.get(language, {}) for language in document["texts"]["languages"]}
    kept["texts"] = {
        "default_language": document["texts"]["default_language"],
        "languages": languages,
        "confirmed": sorted({*confirmed(draft), *languages}),
        **({"links": links} if (links := document["texts"].get("links")) else {}),
    }
    return kept


def differences(draft: Draft, live: dict[str, Any] | None) -> list[Change]:
    """Return what a publish of `draft` would change against the `live` document, part by part.

    A setting of which `live` does not speak, before a first publish or in a config of an older release, counts as what it
    is there.
    """
    before = _unsaid(live is None)
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
    changes = []
    for subject in dict.fromkeys([*before, *after]):
        old, new = before.get(subject), after.get(subject)
        if old != new:
            changes.append(Change(subject, old, new))
    return changes


def _unsaid(is_first: bool) -> dict[str, Any]:
    """Return what settings are that nobody has made: as in a new draft, but old configs know no payment pages."""
    parts = _parts(new_draft("", []))
    if not is_first:
        parts["overrides payment_paths"] = []
    return {name: value for name, value in parts.items() if name.startswith(("controller ", "look ", "overrides "))}


def _parts(draft: Draft) -> dict[str, Any]:
    parts: dict[str, Any] = {f"tag {tag['id']}": tag for tag in draft["tags"]}
    parts |= {f"vendor {vendor['id']}": vendor for vendor in draft["vendors"]}
    for cookie in draft["cookies"]:
        name = f"{'cookie' if cookie['kind'] == 'cookie' else cookie['kind'] + ' storage'} {cookie['name']}"
        parts[name_beside(parts, name, cookie)] = cookie
    for section in ("controller", "look", "overrides"):
        parts |= {f"{section} {name}": value for name, value in draft[section].items() if name not in TOLD_EACH}
    parts |= {f"rule {own_rule_name(entry)}": entry for entry in draft["overrides"].get("rules", [])}
    parts |= {f"one-rule {entry['country']}": entry for entry in draft["overrides"].get("one_rule", [])}
    parts |= {f"reason {name}": entry for name, entry in draft["overrides"].get("reasons", {}).items()}
    parts |= {f"words {language}": own for language, own in draft["texts"]["languages"].items() if own}
    parts |= {f"links {language}": links for language, links in draft["texts"].get("links", {}).items()}
    parts["hosts"] = draft["hosts"]
    parts["default language"] = draft["texts"]["default_language"]
    return parts
