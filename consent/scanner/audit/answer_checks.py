"""Compliance checks of an answer's effect: closing, legitimate interests, expiry, GPC, age, unknown place.

The numbers are those in docs/scanner.md.
"""

import base64
import binascii
import datetime
import re
from collections.abc import Iterable, Iterator

from consent.core.days import add_months, day_of
from consent.core.groups import OPT_IN, OPTIONAL
from consent.core.rules import Place, Rules
from consent.scanner.audit.classify_items import Identifier
from consent.scanner.audit.host_parts import Parts
from consent.scanner.audit.inventory import Inventory, Item, host_of, registrable
from consent.scanner.audit.leaks import Finding, Permissions
from consent.scanner.model.job import Term
from consent.scanner.model.scan_result import ChoiceResult, LaterReopening, Reopening, TcfAnswer, VisitResult

NEVER_LEGITIMATE = (1, 3, 4, 5, 6)
"""Purposes that require consent (IAB TCF policies, version 5, appendix A)."""
CONSENTS_AT, INTERESTS_AT, PURPOSES = 152, 176, 24
"""Offsets and number of the purpose bits (IAB TCF, Consent string and vendor list format v2, core segment)."""


def purposes_of(text: str) -> tuple[list[int], list[int]]:
    """Return the numbers of the purposes with consent and with legitimate interest; empty if not a TC string."""
    core = text.partition(".")[0]
    try:
        data = base64.urlsafe_b64decode(core + "=" * (-len(core) % 4))
    except (binascii.Error, ValueError):
        return [], []
    if len(data) * 8 < INTERESTS_AT + PURPOSES or data[0] >> 2 != 2:
        return [], []
    bits = "".join(f"{byte:08b}" for byte in data)
    return _set_bits(bits, CONSENTS_AT), _set_bits(bits, INTERESTS_AT)


def _set_bits(bits: str, start: int) -> list[int]:
    return [number + 1 for number, bit in enumerate(bits[start : start + PURPOSES]) if bit == "1"]


MAX_MONTHS = 13
"""Maximum lifetime of a grant by this service, whatever the law (CNIL 2020, 38)."""
OPT_IN_PLACE, OPT_OUT_PLACE = Place("DE"), Place("US", "CA")
"""Places whose rules apply to a site that can't be asked for other regions."""


def terms_of(rules: Rules, regions: Iterable[str], today: datetime.date, opt_in: bool) -> dict[str, Term]:
    """Return the terms by region, with those of a visit without a region under ""."""
    places = {
        region: Place(country, part or None) for region in regions for country, _, part in [region.partition("-")]
    }
    places[""] = OPT_IN_PLACE if opt_in else OPT_OUT_PLACE
    return {name: _term(rules, place, today) for name, place in places.items()}


def _term(rules: Rules, place: Place, today: datetime.date) -> Term:
    rule = rules.rule_at(place, today)
    is_opt_in = rule.levels[-1] == OPT_IN
    months = min(rule.consent_months or MAX_MONTHS, MAX_MONTHS) if is_opt_in else None
    life = _days(today, months) if months else None
    return Term(life, _days(today, rule.cooldown_months or 6), is_opt_in)


def _days(today: datetime.date, months: int) -> int:
    start = day_of(today)
    return add_months(start, months) - start


CLOSED_BY = {"cross": "its close button", "escape": "Escape", "backdrop": "a click outside it"}
ITALIAN = re.compile(r"chiu(d|s)|senza accettare|clos|without accept", re.I)
"""Wording required of a notice with a close button (Garante 2021)."""


def check_closing(
    visits: list[VisitResult],
    region: str | None,
    inventory: Inventory,
    identifier: Identifier,
    permissions: Permissions,
) -> Iterator[Finding]:
    """Yield whether closing the banner is treated as consent: check 9."""
    closed = _found_choice(_visit_in(visits, "close", region))
    if closed is None:
        return
    more = [
        group
        for group in OPTIONAL
        if _grants(permissions, "close", region, group) and not _grants(permissions, "none", region, group)
    ]
    ran = _only_after_closing(region, inventory, identifier, permissions)
    closing = CLOSED_BY.get(closed["how"])
    banner = (_visit_in(visits, "none", region) or {"banner": {}})["banner"]
    words = str(banner.get("accept 1280", {}).get("notice_words", ""))
    level = "fail"
    if more:
        sentence = f"Closing the banner counts as consent: it granted {', '.join(more)}."
    elif ran:
        sentence = f"Closing the banner counts as consent: these ran only afterwards: {', '.join(ran[:5])}."
    elif region == "IT" and closed["how"] == "cross" and not ITALIAN.search(words):
        sentence = "The banner has a close button and doesn't say that closing it refuses, which Italy requires."
    else:
        level = "ok"
        sentence = (
            f"Closing the banner by {closing} granted nothing."
            if closing
            else "The banner can't be closed without an answer."
        )
    yield Finding("closing", level, sentence, region, (), 9)


def _only_after_closing(
    region: str | None, inventory: Inventory, identifier: Identifier, permissions: Permissions
) -> list[str]:
    """Return the names of items that aren't permitted and ran only after the banner was closed."""
    before, after = (f"{situation} {region}" if region else situation for situation in ("none", "close"))
    appeared = [
        (item, identifier.verdict(item)) for item in inventory.items if after in item.seen and before not in item.seen
    ]
    return [
        item.name
        for item, verdict in appeared
        if verdict.is_known and not permissions.permits(verdict.group, verdict.vendor, "close", region)
    ]


def check_interests(visits: list[VisitResult], region: str | None) -> Iterator[Finding]:
    """Yield whether a purpose is on after a refusal, as a legitimate interest or by its switch: check 10."""
    refused = _visit_in(visits, "reject", region)
    problems: list[str] = []
    seen = False
    for visit in visits:
        for number, page in enumerate(visit["pages"] if visit["region"] == region else ()):
            for frame in page["frames"]:
                for answer in frame.get("tcf", ()) if frame["is_main"] else ():
                    seen = True
                    is_after = visit is refused and number > 0 and _found_choice(visit) is not None
                    problems += _tcf_problems(answer, is_after)
    second = refused["probes"].get("refused", {}) if refused and _found_choice(refused) else {}
    if "switches" in second:
        seen = True
        on = [one["label"] for one in second["switches"] if one["on"] and one["moves"]]
        problems += [f"these switches are on after rejecting: {', '.join(on[:5])}"] if on else []
    if seen:
        reasons = "; ".join(dict.fromkeys(problems))
        sentence = (
            f"A refusal leaves something on: {reasons}."
            if problems
            else "After rejecting, no purpose is on under any legal basis."
        )
        yield Finding("interests", "fail" if problems else "ok", sentence, region, (), 10)


def check_reprompts(visits: list[VisitResult], region: str | None) -> Iterator[Finding]:
    """Yield whether visitors aren't asked again too soon after a refusal or the GPC signal: checks 18 and 28."""
    for state, rule, number in (("reject", "cooldown", 18), ("gpc", "year", 28)):
        what = "a refusal" if state == "reject" else "the signal"
        later = _later_visits(visits, state, region)
        seen = [one for one in later if not one["problem"]]
        if not seen:
            continue
        days = ", ".join(str(one["days"]) for one in seen)
        sentence = f"{days} days after {what}, the banner did not ask again."
        again = [one["days"] for one in seen if one["asks"]]
        if again:
            when = f"{again[0]} day{'s' if again[0] != 1 else ''} after {what}"
            sentence = f"The banner asked again {when}; more than {later[-1]['days']} days must pass."
        yield Finding(rule, "fail" if again else "ok", sentence, region, (), number)


def check_expiry(
    visits: list[VisitResult], region: str | None, identifier: Identifier, permissions: Permissions
) -> Iterator[Finding]:
    """Yield whether a grant expires: check 19."""
    for one in _later_visits(visits, "accept", region):
        if one["problem"]:
            continue
        ran = _ran_early(one, region, identifier, permissions)
        sentence = f"{one['days']} days after a grant, the banner asked again, and nothing ran until then."
        if not one["asks"]:
            sentence = f"{one['days']} days after a grant, the banner did not ask again."
        elif ran:
            sentence = (
                f"{one['days']} days after a grant, these were contacted before the new answer: {', '.join(ran[:5])}."
            )
        yield Finding("expiry", "ok" if one["asks"] and not ran else "fail", sentence, region, (), 19)


def check_other_purposes(
    visits: list[VisitResult], region: str | None, identifier: Identifier, permissions: Permissions
) -> Iterator[Finding]:
    """Yield whether a grant for other purposes is applied to the current ones: check 20, for this service's banner."""
    visit = _visit_in(visits, "accept", region)
    tried = visit["probes"].get("purposes") if visit else None
    if tried is None or tried["same"]["problem"] or tried["other"]["problem"]:
        return
    ran = _ran_early(tried["other"], region, identifier, permissions)
    level, sentence = (
        "ok",
        "Visitors are asked again after a grant for other purposes or vendors, not after one for these.",
    )
    if ran:
        level = "fail"
        sentence = (
            f"Visitors who granted other purposes or vendors weren't asked before these ran: {', '.join(ran[:5])}."
        )
    elif tried["same"]["asks"]:
        level, sentence = "fail", "Visitors who granted exactly these purposes and vendors are asked again."
    elif not tried["other"]["asks"]:
        sentence = (
            "Visitors with a grant for other purposes or vendors are asked when it expires; until then nothing new ran."
        )
    yield Finding("other-purposes", level, sentence, region, (), 20)


def check_opt_out(visits: list[VisitResult], region: str | None) -> Iterator[Finding]:
    """Yield whether refusing takes more than the act itself: check 27."""
    visit = _visit_in(visits, "reject", region)
    choice = visit["choice"] if visit else None
    if not choice or not (choice["found"] or choice.get("fields")):
        return
    problems = [f"it asks for more than the answer ({', '.join(choice['fields'])})"] if choice.get("fields") else []
    problems += ["another question follows right away"] if choice.get("argues") else []
    sentence = (
        f"Refusing takes more than one step: {'; '.join(problems)}."
        if problems
        else "Refusing asks for nothing else, and no question follows."
    )
    yield Finding("plain-refusal", "fail" if problems else "ok", sentence, region, (), 27)


def check_against_signal(visits: list[VisitResult], region: str | None) -> Iterator[Finding]:
    """Yield whether a grant against GPC is preceded by a note about the conflict: check 29."""
    visit = _visit_in(visits, "gpc", region)
    tried = visit["probes"].get("against_signal") if visit else None
    if tried is None:
        return
    level, sentence = "ok", "Under GPC, no way to opt in was found."
    if tried["offers"] and not tried.get("tells"):
        level, sentence = (
            "fail",
            "Visitors can opt in against GPC without being told that this conflicts with the signal.",
        )
    elif tried["offers"] and "False" in tried.get("receipts", []):
        level, sentence = (
            "fail",
            "The receipt of a grant against GPC doesn't record that the conflict was shown.",
        )
    elif tried["offers"]:
        sentence = "Visitors are told of the conflict before they opt in against GPC."
    yield Finding("against-signal", level, sentence, region, (), 29)


def check_age(visits: list[VisitResult], region: str | None, permissions: Permissions) -> Iterator[Finding]:
    """Yield whether a minor can turn on advertising: check 30, for sites with this service's banner."""
    own, visit = permissions.decision("minor", region), _visit_in(visits, "minor", region)
    if own is None or visit is None:
        return
    switches = visit["banner"].get("switches", [])
    is_locked = any(not one["moves"] for one in switches)
    level, sentence = "ok", "Below the age of consent, advertising can't be switched on."
    if _grants(permissions, "minor", region, "advertising"):
        level, sentence = "fail", "A visitor below the age of consent could switch advertising on."
    elif not switches and not _found_choice(visit):
        level, sentence = "skipped", "Below the age of consent, the privacy settings could not be opened."
    elif switches and not is_locked:
        level = "fail"
        sentence = (
            f"Below the age of consent, every switch can be moved: {', '.join(one['label'] for one in switches[:5])}."
        )
    yield Finding("age", level, sentence, region, (), 30)


def check_unknown_place(permissions: Permissions, leaks: list[Finding]) -> Iterator[Finding]:
    """Yield whether a visitor at an unknown place gets the strictest rule: check 38, for this service's banner."""
    own = permissions.decision("unknown", None)
    if own is None:
        return
    place = own.get("place")
    if not isinstance(place, dict) or place.get("country"):
        yield Finding(
            "unknown-place",
            "skipped",
            "The site did not respond as to a visitor in an unknown place.",
            None,
            (),
            38,
        )
        return
    granted = [group for group in OPTIONAL if _grants(permissions, "unknown", None, group)]
    leaked = [leak.sentence for leak in leaks if leak.rule == "leak-in-an-unknown-place"]
    sentence = "In an unknown place, nothing optional is granted, and nothing ran."
    if granted or leaked:
        what = f"{', '.join(granted)} granted" if granted else "something ran"
        sentence = f"In an unknown place, the strictest rule isn't applied: {what} before a choice."
    yield Finding("unknown-place", "fail" if granted or leaked else "ok", sentence, None, tuple(leaked[:5]), 38)


def _tcf_problems(answer: TcfAnswer, is_after_refusal: bool) -> Iterator[str]:
    consents, interests = (set(part) for part in purposes_of(answer["string"]))
    consents |= set(answer["consents"])
    interests |= set(answer["interests"])
    if forbidden := sorted(interests & set(NEVER_LEGITIMATE)):
        yield f"purposes {', '.join(map(str, forbidden))} are claimed under legitimate interest, which the TCF never allows"
    if is_after_refusal and consents:
        yield f"purposes {', '.join(map(str, sorted(consents)))} have consent after rejecting"
    if is_after_refusal and (left := sorted(interests - set(NEVER_LEGITIMATE))):
        yield f"purposes {', '.join(map(str, left))} continue under legitimate interest after rejecting"


def _grants(permissions: Permissions, situation: str, region: str | None, group: str) -> bool:
    groups = (permissions.decision(situation, region) or {}).get("groups")
    return bool(isinstance(groups, dict) and isinstance(groups.get(group), dict) and groups[group].get("granted"))


def _ran_early(revisit: Reopening, region: str | None, identifier: Identifier, permissions: Permissions) -> list[str]:
    """Return the hosts, or parts of them, that a later visit requested before it was allowed to."""
    part_of = Parts(identifier.promise.entries).longest_match
    items: dict[str, Item] = {}
    for url in revisit["urls"]:
        host, part = host_of(url), part_of(url)
        is_third_party = registrable(host) != registrable(identifier.site_host)
        items.setdefault(part, Item("host", part, host, is_third_party, examples=[url]))
    return [part for part, item in items.items() if _had_to_wait(item, region, identifier, permissions)]


def _had_to_wait(item: Item, region: str | None, identifier: Identifier, permissions: Permissions) -> bool:
    """Return whether the item is known to be something that may not run before a choice."""
    verdict = identifier.verdict(item)
    return verdict.is_known and not permissions.permits(verdict.group, verdict.vendor, "none", region)


def _later_visits(visits: list[VisitResult], state: str, region: str | None) -> list[LaterReopening]:
    """Return what was seen when the visit was repeated later; `problem` says what prevented it."""
    visit = _visit_in(visits, state, region)
    return list(visit["probes"].get("later", ())) if visit else []


def _visit_in(visits: list[VisitResult], state: str, region: str | None) -> VisitResult | None:
    return next((visit for visit in visits if (visit["state"], visit["region"]) == (state, region)), None)


def _found_choice(visit: VisitResult | None) -> ChoiceResult | None:
    choice: ChoiceResult | None = visit["choice"] if visit else None
    return choice if choice and choice["found"] else None
