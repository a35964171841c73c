"""Compliance checks of choosing and withdrawing, numbered as in docs/scanner.md."""

from collections.abc import Iterator

from consent.core.groups import ESSENTIAL
from consent.scanner.audit.classify_items import Identifier
from consent.scanner.audit.inventory import Inventory
from consent.scanner.audit.leaks import Finding
from consent.scanner.audit.terminal_report import pluralize
from consent.scanner.model.scan_result import ChoiceResult, VisitResult

AUTOMATIC = ("gpc", "dnt", "age")
"""Methods of receipts that result from a signal, without an act of the visitor."""


def check_choices(visits: list[VisitResult], region: str | None) -> Iterator[Finding]:
    """Yield what it took to choose, and to withdraw: checks 4, 12, 13, 23."""
    by_state = {visit["state"]: visit for visit in visits if visit["region"] == region}
    accept, reject = (
        _successful(by_state[state]["choice"]) if state in by_state else None for state in ("accept", "reject")
    )
    if accept and reject:
        good = reject["actions"] <= accept["actions"]
        sentence = f"Rejecting took {pluralize(reject['actions'], 'click')}, accepting {accept['actions']}."
        yield Finding("clicks", "ok" if good else "fail", sentence, region, (), 4)
    withdrawal = _successful(by_state["withdraw"]["withdrawal"]) if "withdraw" in by_state else None
    if "withdraw" in by_state and accept:
        if withdrawal is None:
            yield Finding("withdrawal", "fail", "No way to withdraw was found on the page.", region, (), 13)
        else:
            needed = max(1, withdrawal["actions"] - 1)
            good = needed <= accept["actions"]
            sentence = (
                f"Once the settings were open again, withdrawing took {pluralize(needed, 'click')};"
                f" accepting took {accept['actions']}."
            )
            yield Finding("withdrawal", "ok" if good else "fail", sentence, region, (), 13)
    if (refused := by_state.get("reject")) and reject:
        yield from _after_refusal(refused, region)


def check_stored(visit: VisitResult, inventory: Inventory, identifier: Identifier) -> Iterator[Finding]:
    """Yield the site's own non-essential cookies that still exist at the end of a refusal: check 11."""
    chosen = visit["withdrawal"] if visit["state"] == "withdraw" else visit["choice"]
    if not chosen or not chosen["found"]:
        return
    left = []
    for item in inventory.items:
        stored = {(c["name"], str(c["domain"]).lstrip(".").lower()) for c in visit["cookies"]}
        verdict = identifier.verdict(item)
        is_known = verdict.is_known and verdict.group != ESSENTIAL
        if item.kind == "cookie" and not item.third_party and (item.name, item.host) in stored and is_known:
            left.append(item.name)
    level, when = ("fail", "withdrawing") if visit["state"] == "withdraw" else ("fail", "rejecting")
    if left:
        sentence = f"After {when}, these cookies of the site remained: {', '.join(sorted(set(left)))}."
        yield Finding("cookies-left", level, sentence, visit["region"], (), 11)
    else:
        sentence = f"After {when}, no non-essential cookie of the site remained."
        yield Finding("cookies-left", "ok", sentence, visit["region"], (), 11)


def check_receipts(visits: list[VisitResult]) -> Iterator[Finding]:
    """Yield whether each choice would have created one receipt: check 33, for sites with this service's banner."""
    for visit in visits:
        choices = [choice for choice in (visit["choice"], visit["withdrawal"]) if choice and choice["found"]]
        wanted = choices if visit["state"] != "close" else []
        is_own = any(f["consent"] for page in visit["pages"] for f in page["frames"] if f["is_main"])
        if not wanted or not is_own:
            continue
        receipt_count = len(
            {receipt.get("key") for receipt in visit["receipts"] if receipt.get("method") not in AUTOMATIC}
        )
        sentence = f"{pluralize(len(wanted), 'choice')} created {pluralize(receipt_count, 'receipt')}."
        yield Finding("receipts", "ok" if receipt_count == len(wanted) else "fail", sentence, visit["region"], (), 33)


def _after_refusal(visit: VisitResult, region: str | None) -> Iterator[Finding]:
    later = [page for page in visit["pages"][1:] if page["problem"] is None]
    if not later:
        return
    again = [page["url"] for page in later if page["revisit"] and page["revisit"]["asks"]]
    sentence = "The banner asked again after a refusal." if again else "The banner did not ask again after a refusal."
    yield Finding("nagging", "fail" if again else "ok", sentence, region, tuple(dict.fromkeys(again))[:5], 23)
    lost = [page["url"] for page in later if not (page["revisit"] and page["revisit"]["found"])]
    blind = [
        page["url"] for page in later if (back := page["revisit"]) and back["found"] and not back.get("by_keyboard")
    ]
    sentence = "Each page has a way back to the settings that works by keyboard."
    if lost:
        sentence = "Some pages have no way back to the settings."
    elif blind:
        sentence = "The way back to the settings can't be reached by keyboard."
    yield Finding(
        "way-back", "fail" if lost or blind else "ok", sentence, region, tuple(dict.fromkeys(lost or blind))[:5], 12
    )


def _successful(choice: ChoiceResult | None) -> ChoiceResult | None:
    return choice if choice and choice["found"] else None
