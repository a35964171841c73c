"""What an answer has to hold for: closing, legitimate interests, time, the signal, an age, an unknown place. By number."""

import re
from collections.abc import Iterator
from typing import Any

from consent.core.groups import OPTIONAL
from consent.scan.identify import Identifier
from consent.scan.inventory import Inventory, Item, registrable
from consent.scan.leaks import Finding, Permissions
from consent.scan.tcf import NEVER_LEGITIMATE, purposes_of

CLOSED_BY = {"cross": "its cross", "escape": "Escape", "backdrop": "a click beside it"}
ITALIAN = re.compile(r"chiu(d|s)|senza accettare|clos|without accept", re.I)
"""What a notice with a cross says of it (Garante 2021)."""
Visit = dict[str, Any]


def check_closing(
    visits: list[Visit], region: str | None, inventory: Inventory, identifier: Identifier, permissions: Permissions
) -> Iterator[Finding]:
    """Yield whether closing the banner is taken for consent: check 9."""
    closed = _made(_of(visits, "close", region))
    if closed is None:
        return
    more = [
        group
        for group in OPTIONAL
        if _grants(permissions, "close", region, group) and not _grants(permissions, "none", region, group)
    ]
    ran = _only_after_closing(region, inventory, identifier, permissions)
    way = CLOSED_BY.get(closed["how"])
    banner = (_of(visits, "none", region) or {"banner": {}})["banner"]
    words = str(banner.get("accept 1280", {}).get("notice_words", ""))
    level = "fail"
    if more:
        sentence = f"Closing the banner is taken for consent: it granted {', '.join(more)}."
    elif ran:
        sentence = (
            f"Closing the banner is taken for consent: these came after it, and not before: {', '.join(ran[:5])}."
        )
    elif region == "IT" and closed["how"] == "cross" and not ITALIAN.search(words):
        sentence = "The banner has a cross and does not say that closing by it refuses, which Italy asks for."
    else:
        level = "ok"
        sentence = (
            f"Closing the banner by {way} granted nothing." if way else "No way to close the banner but to answer it."
        )
    yield Finding("closing", level, sentence, region, (), 9)


def _only_after_closing(
    region: str | None, inventory: Inventory, identifier: Identifier, permissions: Permissions
) -> list[str]:
    """Return the names of what may not run, and ran once the banner was closed although it had not before."""
    before, after = (f"{situation} {region}" if region else situation for situation in ("none", "close"))
    met = [
        (item, identifier.verdict(item)) for item in inventory.items if after in item.seen and before not in item.seen
    ]
    return [
        item.name
        for item, verdict in met
        if verdict.is_known and not permissions.permits(verdict.group, verdict.vendor, "close", region)
    ]


def check_interests(visits: list[Visit], region: str | None) -> Iterator[Finding]:
    """Yield whether a purpose is on after a refusal, under legitimate interest or by its switch: check 10."""
    refused = _of(visits, "reject", region)
    faults: list[str] = []
    seen = False
    for visit in visits:
        for number, page in enumerate(visit["pages"] if visit["region"] == region else ()):
            for frame in page["frames"]:
                for said in frame.get("tcf", ()) if frame["is_main"] else ():
                    seen = True
                    is_after = visit is refused and number > 0 and _made(visit) is not None
                    faults += _tcf_faults(said, is_after)
    second = refused["probes"].get("refused", {}) if refused and _made(refused) else {}
    if "switches" in second:
        seen = True
        on = [one["label"] for one in second["switches"] if one["on"] and one["moves"]]
        faults += [f"these switches are on after rejecting: {', '.join(on[:5])}"] if on else []
    if seen:
        told = "; ".join(dict.fromkeys(faults))
        sentence = (
            f"A refusal leaves something on: {told}."
            if faults
            else "After rejecting no purpose is on, under no other name."
        )
        yield Finding("interests", "fail" if faults else "ok", sentence, region, (), 10)


def check_asking_again(visits: list[Visit], region: str | None) -> Iterator[Finding]:
    """Yield whether a refusal, and the signal, are left in peace for their time: checks 18 and 28."""
    for state, rule, number in (("reject", "cooldown", 18), ("gpc", "year", 28)):
        what = "a refusal" if state == "reject" else "the signal"
        later = _later(visits, state, region)
        seen = [one for one in later if not one["problem"]]
        if not seen:
            continue
        days = ", ".join(str(one["days"]) for one in seen)
        sentence = f"{days} days after {what} nothing was asked again."
        again = [one["days"] for one in seen if one["asks"]]
        if again:
            when = f"{again[0]} day{'s' if again[0] != 1 else ''} after {what}"
            sentence = f"The banner asked again {when}; more than {later[-1]['days']} have to pass."
        yield Finding(rule, "fail" if again else "ok", sentence, region, (), number)


def check_expiry(
    visits: list[Visit], region: str | None, identifier: Identifier, permissions: Permissions
) -> Iterator[Finding]:
    """Yield whether a grant ends: check 19."""
    for one in _later(visits, "accept", region):
        if one["problem"]:
            continue
        ran = [host for host in one["hosts"] if _had_to_wait(host, region, identifier, permissions)]
        sentence = f"{one['days']} days after a grant it was asked for anew, and nothing ran until then."
        if not one["asks"]:
            sentence = f"{one['days']} days after a grant the banner did not ask for it anew."
        elif ran:
            sentence = f"{one['days']} days after a grant these were asked before the new answer: {', '.join(ran[:5])}."
        yield Finding("expiry", "ok" if one["asks"] and not ran else "fail", sentence, region, (), 19)


def check_other_purposes(
    visits: list[Visit], region: str | None, identifier: Identifier, permissions: Permissions
) -> Iterator[Finding]:
    """Yield whether a grant of other purposes is taken for one of these: check 20, for this service's banner."""
    tried = (_of(visits, "accept", region) or {"probes": {}})["probes"].get("purposes")
    if tried is None or tried["same"]["problem"] or tried["other"]["problem"]:
        return
    ran = [host for host in tried["other"]["hosts"] if _had_to_wait(host, region, identifier, permissions)]
    level, sentence = "ok", "Who had granted other purposes or vendors is asked anew, and who had granted these is not."
    if ran:
        level = "fail"
        sentence = f"Who had granted other purposes or vendors was not asked before these: {', '.join(ran[:5])}."
    elif tried["same"]["asks"]:
        level, sentence = "fail", "Who had granted these very purposes and vendors is asked again."
    elif not tried["other"]["asks"]:
        sentence = "Who had granted other purposes or vendors is asked when the grant ends; until then nothing new ran."
    yield Finding("other-purposes", level, sentence, region, (), 20)


def check_opt_out(visits: list[Visit], region: str | None) -> Iterator[Finding]:
    """Yield whether refusing takes anything but the act: check 27."""
    choice = (_of(visits, "reject", region) or {"choice": None})["choice"]
    if not choice or not (choice["found"] or choice.get("fields")):
        return
    faults = [f"it asks for more than the answer ({', '.join(choice['fields'])})"] if choice.get("fields") else []
    faults += ["something is asked again right after it"] if choice.get("argues") else []
    sentence = (
        f"Refusing is no plain act: {'; '.join(faults)}."
        if faults
        else "Refusing asks for nothing else, and nothing argues with it."
    )
    yield Finding("plain-refusal", "fail" if faults else "ok", sentence, region, (), 27)


def check_against_signal(visits: list[Visit], region: str | None) -> Iterator[Finding]:
    """Yield whether a grant against GPC comes after telling of the conflict: check 29."""
    tried = (_of(visits, "gpc", region) or {"probes": {}})["probes"].get("against_signal")
    if tried is None:
        return
    level, sentence = "ok", "Under GPC no way to opt in all the same was found."
    if tried["offers"] and not tried["tells"]:
        level, sentence = "fail", "One can opt in against GPC without being told that it speaks against the signal."
    elif tried["offers"] and "False" in tried["receipts"]:
        level, sentence = "fail", "The receipt of a grant against GPC does not say that the conflict was told."
    elif tried["offers"]:
        sentence = "One opts in against GPC only after being told of the conflict."
    yield Finding("against-signal", level, sentence, region, (), 29)


def check_age(visits: list[Visit], region: str | None, permissions: Permissions) -> Iterator[Finding]:
    """Yield whether somebody under the age can switch advertising on: check 30, for sites with this service's banner."""
    own, visit = permissions.decision("minor", region), _of(visits, "minor", region)
    if own is None or visit is None:
        return
    switches = visit["banner"].get("switches", [])
    is_locked = any(not one["moves"] for one in switches)
    level, sentence = "ok", "Under the age, advertising cannot be switched on."
    if _grants(permissions, "minor", region, "advertising"):
        level, sentence = "fail", "Somebody under the age could switch advertising on."
    elif not switches and not _made(visit):
        level, sentence = "untold", "Under the age, the choice could not be opened."
    elif switches and not is_locked:
        level = "fail"
        sentence = f"Under the age every switch can be moved: {', '.join(one['label'] for one in switches[:5])}."
    yield Finding("age", level, sentence, region, (), 30)


def check_unknown_place(permissions: Permissions, leaks: list[Finding]) -> Iterator[Finding]:
    """Yield whether a visitor of an unknown place gets the strictest rule: check 38, for this service's banner."""
    own = permissions.decision("unknown", None)
    if own is None:
        return
    place = own.get("place")
    if not isinstance(place, dict) or place.get("country"):
        yield Finding(
            "unknown-place", "untold", "The site did not answer as to a visitor of an unknown place.", None, (), 38
        )
        return
    granted = [group for group in OPTIONAL if _grants(permissions, "unknown", None, group)]
    leaked = [leak.sentence for leak in leaks if leak.rule == "leak-in-an-unknown-place"]
    sentence = "In an unknown place nothing optional is granted and nothing ran."
    if granted or leaked:
        what = f"{', '.join(granted)} granted" if granted else "something ran"
        sentence = f"In an unknown place the strictest rule does not hold: {what} before a choice."
    yield Finding("unknown-place", "fail" if granted or leaked else "ok", sentence, None, tuple(leaked[:5]), 38)


def _tcf_faults(said: dict[str, Any], is_after_refusal: bool) -> Iterator[str]:
    consents, interests = (set(part) for part in purposes_of(said["string"]))
    consents |= set(said["consents"])
    interests |= set(said["interests"])
    if wrong := sorted(interests & set(NEVER_LEGITIMATE)):
        yield f"purposes {', '.join(map(str, wrong))} are claimed as legitimate interests, which they can never be"
    if is_after_refusal and consents:
        yield f"purposes {', '.join(map(str, sorted(consents)))} have consent after rejecting"
    if is_after_refusal and (left := sorted(interests - set(NEVER_LEGITIMATE))):
        yield f"purposes {', '.join(map(str, left))} go on as legitimate interests after rejecting"


def _grants(permissions: Permissions, situation: str, region: str | None, group: str) -> bool:
    groups = (permissions.decision(situation, region) or {}).get("groups")
    return bool(isinstance(groups, dict) and isinstance(groups.get(group), dict) and groups[group].get("granted"))


def _had_to_wait(host: str, region: str | None, identifier: Identifier, permissions: Permissions) -> bool:
    """Tell whether a host is known for something that may not run before a choice."""
    verdict = identifier.verdict(Item("host", host, host, registrable(host) != registrable(identifier.site_host)))
    return verdict.is_known and not permissions.permits(verdict.group, verdict.vendor, "none", region)


def _later(visits: list[Visit], state: str, region: str | None) -> list[dict[str, Any]]:
    """Return what was seen when the visit came back later; `problem` says where nothing was."""
    visit = _of(visits, state, region)
    return list(visit["probes"].get("later", ())) if visit else []


def _of(visits: list[Visit], state: str, region: str | None) -> Visit | None:
    return next((visit for visit in visits if (visit["state"], visit["region"]) == (state, region)), None)


def _made(visit: Visit | None) -> dict[str, Any] | None:
    choice: dict[str, Any] | None = visit["choice"] if visit else None
    return choice if choice and choice["found"] else None
