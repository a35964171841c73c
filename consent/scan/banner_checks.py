"""What can be checked of a banner that is shown, by number in docs/scanner.md, which names the law behind each."""

from collections.abc import Iterator
from typing import Any

from consent.scan.leaks import Finding, Permissions
from consent.scan.page_files import known_words

MOST_CONTRAST_DIFFERENCE = 0.2
LEAST_TARGET = 24
LEAST_CONTRAST = 4.5
LEAST_AREA = 0.95
Visit = dict[str, Any]


def check_banner(visit: Visit, permissions: Permissions) -> Iterator[Finding]:
    """Yield what the first layer of a visit without a choice shows: checks 3 to 9, 14, 17, 21, 22, 34."""
    region, facts = visit["region"], visit["banner"]
    own = permissions.decision("none", region)
    asks = own["show"] == "ask" if own and "show" in own else None
    wide, tall = facts.get("accept 1280"), facts.get("reject 1280")
    if asks is False or (asks is None and not wide):
        sentence = "No banner asks here" + ("." if asks is False else ", or none was found.")
        yield Finding("banner", "ok" if asks is False else "untold", sentence, region, (), 3)
        return
    if wide and tall:
        yield from _both_layers(facts, region)
        yield from _pair(wide, tall, facts, region)
    else:
        missing = "reject" if wide else "accept"
        yield Finding("first-layer", "fail", f"The first layer has no control to {missing} at once.", region, (), 3)
    if answer := wide or tall:
        yield from _notice(answer, facts, region)


def _both_layers(facts: dict[str, Any], region: str | None) -> Iterator[Finding]:
    hidden, unlike = [], False
    for width, size in ((360, "360x640"), (1280, "1280x800")):
        accept, reject = (facts.get(f"{kind} {width}") for kind in ("accept", "reject"))
        if not accept or not reject or not accept["is_in_view"] or not reject["is_in_view"]:
            hidden.append(size)
        else:
            unlike |= accept["role"] != reject["role"]
    good = not hidden and not unlike
    sentence = "Accept and reject are both seen without scrolling, and are controls of the same kind."
    if hidden:
        sentence = f"Accept and reject are not both seen without scrolling at {' and '.join(hidden)}."
    elif unlike:
        sentence = "Accept and reject are not controls of the same kind."
    yield Finding("first-layer", "ok" if good else "fail", sentence, region, (), 3)


def _pair(
    accept: dict[str, Any], reject: dict[str, Any], facts: dict[str, Any], region: str | None
) -> Iterator[Finding]:
    unlike = [name for name in ("tag", "font", "size", "weight") if accept[name] != reject[name]]
    sentence = (
        f"Accept and reject differ in {', '.join(unlike)}."
        if unlike
        else "Accept and reject look alike in kind and font."
    )
    yield Finding("alike", "fail" if unlike else "ok", sentence, region, (), 5)
    area = reject["width"] * reject["height"] / max(1.0, accept["width"] * accept["height"])
    weak = [one["label"] for one in (accept, reject) if one["text_contrast"] < LEAST_CONTRAST]
    most = max(accept["contrast"], reject["contrast"])
    differ = abs(accept["contrast"] - reject["contrast"]) / most if most else 0
    faults = [f"reject has {area:.0%} of the area of accept"] if area < LEAST_AREA else []
    faults += [f"the words on {label} have a contrast below {LEAST_CONTRAST}:1" for label in weak]
    faults += ["one stands out from the banner more than the other"] if differ >= MOST_CONTRAST_DIFFERENCE else []
    sentence = (
        f"Accept and reject do not weigh the same: {'; '.join(faults)}."
        if faults
        else "Accept and reject weigh the same in size and contrast."
    )
    yield Finding("weight", "fail" if faults else "ok", sentence, region, (), 6)
    bad = [
        one["label"]
        for one in (accept, reject)
        if not one["is_enabled"] or not one["is_uncovered"] or one["opacity"] < 0.9
    ]
    steps = facts.get("steps")
    near = steps is not None and steps <= 1
    sentence = "Both answers can be used, and lie side by side for the keyboard."
    if bad:
        sentence = f"These answers are off, covered or faint: {', '.join(bad)}."
    elif not near:
        sentence = "For the keyboard, accept and reject do not lie side by side."
    yield Finding("usable", "ok" if near and not bad else "fail", sentence, region, (), 7)
    words = known_words()
    odd = [
        one["label"]
        for kind, one in (("accept", accept), ("reject", reject))
        if not _is_plain(one["label"], words[kind])
    ]
    sentence = (
        f"These labels are none of the usual plain ones: {', '.join(odd)}."
        if odd
        else "Both answers say plainly what they do."
    )
    yield Finding("labels", "fail" if odd else "ok", sentence, region, (), 22)


def _notice(answer: dict[str, Any], facts: dict[str, Any], region: str | None) -> Iterator[Finding]:
    blocks = answer["scroll_locked"] or answer["blocked_spots"] >= answer["spots"] - 1
    sentence = "The page cannot be used without a choice." if blocks else "The page can be used without a choice."
    yield Finding("wall", "fail" if blocks else "ok", sentence, region, (), 17)
    languages = {part for part in (answer["page_language"],) if part}
    if answer["language"] and languages:
        good = answer["language"].split("-")[0] in {one.split("-")[0] for one in languages}
        sentence = f"The banner speaks {answer['language']}, the page {', '.join(sorted(languages))}."
        yield Finding("language", "ok" if good else "fail", sentence, region, (), 21)
    faults = []
    if not answer["notice_role"] or not answer["notice_name"]:
        faults.append("it is no dialog or region with a name")
    small = [
        facts[f"{kind} 360"]["label"]
        for kind in ("accept", "reject")
        if f"{kind} 360" in facts and min(facts[f"{kind} 360"]["width"], facts[f"{kind} 360"]["height"]) < LEAST_TARGET
    ]
    faults += [f"{label} is smaller than {LEAST_TARGET}x{LEAST_TARGET} pixels" for label in small]
    if "accept 320" in facts and facts["accept 320"]["overflow"] > 1:
        faults.append("at 320 pixels the page has to be scrolled sideways")
    sentence = (
        f"The banner is hard to use: {'; '.join(faults)}."
        if faults
        else "The banner has a role, a name and targets of enough size."
    )
    yield Finding("accessible", "fail" if faults else "ok", sentence, region, (), 34)
    if "switches" in facts:
        on = [one["label"] for one in facts["switches"] if one["on"] and one["moves"]]
        sentence = (
            f"These switches are on before a choice: {', '.join(on[:5])}."
            if on
            else "No switch of the second layer is on before a choice."
        )
        yield Finding("switches", "fail" if on else "ok", sentence, region, (), 8)


def _is_plain(label: str, words: list[str]) -> bool:
    text = label.lower().strip(" !.›>→✓✔×")
    return any(text == word or text.startswith(f"{word} ") for word in words)
