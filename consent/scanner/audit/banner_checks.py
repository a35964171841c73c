"""Compliance checks of a visible banner, numbered as in docs/scanner.md, which cites the law for each."""

from collections.abc import Iterator

from consent.scanner.audit.leaks import Finding, Permissions
from consent.scanner.browser.page_files import known_words
from consent.scanner.model.scan_result import PageJson, VisitResult

MAX_CONTRAST_DIFFERENCE = 0.2
LEAST_TARGET = 24
LEAST_CONTRAST = 4.5
LEAST_AREA = 0.95


def check_banner(visit: VisitResult, permissions: Permissions) -> Iterator[Finding]:
    """Yield findings about the first layer in a visit without a choice: checks 3 to 9, 14, 17, 21, 22, 34."""
    region, facts = visit["region"], visit["banner"]
    own = permissions.decision("none", region)
    should_ask = own["show"] == "ask" if own and "show" in own else None
    wide, tall = facts.get("accept 1280"), facts.get("reject 1280")
    if should_ask is False or (should_ask is None and not wide):
        sentence = "No banner asks for consent here" + ("." if should_ask is False else ", or none was found.")
        yield Finding("banner", "ok" if should_ask is False else "skipped", sentence, region, (), 3)
        return
    if wide and tall:
        yield from _check_first_layer(facts, region)
        yield from _compare_answers(wide, tall, facts, region)
    else:
        missing = "reject" if wide else "accept"
        yield Finding("first-layer", "fail", f"The first layer has no direct control to {missing}.", region, (), 3)
    if answer := wide or tall:
        yield from _check_notice(answer, facts, region)


def _check_first_layer(facts: PageJson, region: str | None) -> Iterator[Finding]:
    hidden, unlike = [], False
    for width, size in ((360, "360x640"), (1280, "1280x800")):
        accept, reject = (facts.get(f"{kind} {width}") for kind in ("accept", "reject"))
        if not accept or not reject or not accept["is_in_view"] or not reject["is_in_view"]:
            hidden.append(size)
        else:
            unlike |= accept["role"] != reject["role"]
    good = not hidden and not unlike
    sentence = "Accept and reject are both visible without scrolling and are the same kind of control."
    if hidden:
        sentence = f"Accept and reject are not both visible without scrolling at {' and '.join(hidden)}."
    elif unlike:
        sentence = "Accept and reject are not the same kind of control."
    yield Finding("first-layer", "ok" if good else "fail", sentence, region, (), 3)


def _compare_answers(accept: PageJson, reject: PageJson, facts: PageJson, region: str | None) -> Iterator[Finding]:
    unlike = [name for name in ("tag", "font", "size", "weight") if accept[name] != reject[name]]
    sentence = (
        f"Accept and reject differ in {', '.join(unlike)}."
        if unlike
        else "Accept and reject have the same element and font."
    )
    yield Finding("alike", "fail" if unlike else "ok", sentence, region, (), 5)
    area = reject["width"] * reject["height"] / max(1.0, accept["width"] * accept["height"])
    weak = [one["label"] for one in (accept, reject) if one["text_contrast"] < LEAST_CONTRAST]
    most = max(accept["contrast"], reject["contrast"])
    differ = abs(accept["contrast"] - reject["contrast"]) / most if most else 0
    problems = [f"reject has {area:.0%} of the area of accept"] if area < LEAST_AREA else []
    problems += [f"the text of {label} has a contrast below {LEAST_CONTRAST}:1" for label in weak]
    problems += ["one stands out from the banner more than the other"] if differ >= MAX_CONTRAST_DIFFERENCE else []
    sentence = (
        f"Accept and reject don't have equal visual weight: {'; '.join(problems)}."
        if problems
        else "Accept and reject have equal size and contrast."
    )
    yield Finding("weight", "fail" if problems else "ok", sentence, region, (), 6)
    bad = [
        one["label"]
        for one in (accept, reject)
        if not one["is_enabled"] or not one["is_uncovered"] or one["opacity"] < 0.9
    ]
    steps = facts.get("steps")
    near = steps is not None and steps <= 1
    sentence = "Both answers are usable and adjacent in keyboard order."
    if bad:
        sentence = f"These answers are disabled, covered, or faint: {', '.join(bad)}."
    elif not near:
        sentence = "Accept and reject are not adjacent in keyboard order."
    yield Finding("usable", "ok" if near and not bad else "fail", sentence, region, (), 7)
    words = known_words()
    odd = [
        one["label"]
        for kind, one in (("accept", accept), ("reject", reject))
        if not _is_plain(one["label"], words[kind])
    ]
    sentence = (
        f"These labels aren't plain, common wording: {', '.join(odd)}."
        if odd
        else "Both answers say plainly what they do."
    )
    yield Finding("labels", "fail" if odd else "ok", sentence, region, (), 22)


def _check_notice(answer: PageJson, facts: PageJson, region: str | None) -> Iterator[Finding]:
    blocks = answer["scroll_locked"] or answer["blocked_spots"] >= answer["spots"] - 1
    sentence = "The page cannot be used without a choice." if blocks else "The page can be used without a choice."
    yield Finding("wall", "fail" if blocks else "ok", sentence, region, (), 17)
    languages = {part for part in (answer["page_language"],) if part}
    if answer["language"] and languages:
        good = answer["language"].split("-")[0] in {one.split("-")[0] for one in languages}
        sentence = f"The banner is in {answer['language']}, the page in {', '.join(sorted(languages))}."
        yield Finding("language", "ok" if good else "fail", sentence, region, (), 21)
    problems = []
    if not answer["notice_role"] or not answer["notice_name"]:
        problems.append("it isn't a dialog or region with an accessible name")
    small = [
        facts[f"{kind} 360"]["label"]
        for kind in ("accept", "reject")
        if f"{kind} 360" in facts and min(facts[f"{kind} 360"]["width"], facts[f"{kind} 360"]["height"]) < LEAST_TARGET
    ]
    problems += [f"{label} is smaller than {LEAST_TARGET}x{LEAST_TARGET} pixels" for label in small]
    if "accept 320" in facts and facts["accept 320"]["overflow"] > 1:
        problems.append("at 320 pixels wide, the page scrolls sideways")
    sentence = (
        f"The banner is hard to use: {'; '.join(problems)}."
        if problems
        else "The banner has a role, a name, and large enough targets."
    )
    yield Finding("accessible", "fail" if problems else "ok", sentence, region, (), 34)
    if "switches" in facts:
        on = [one["label"] for one in facts["switches"] if one["on"] and one["moves"]]
        sentence = (
            f"These switches are on before a choice: {', '.join(on[:5])}."
            if on
            else "No switch in the second layer is on before a choice."
        )
        yield Finding("switches", "fail" if on else "ok", sentence, region, (), 8)


def _is_plain(label: str, words: list[str]) -> bool:
    text = label.lower().strip(" !.›>→✓✔×")
    return any(text == word or text.startswith(f"{word} ") for word in words)
