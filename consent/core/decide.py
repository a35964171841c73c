"""Decide which tags may run for one visitor on one page now, each with its reason.

banner/decision/decide.js is its twin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from consent.core.age_rules import age_key
from consent.core.amend import has_grant
from consent.core.choice import DNT, GPC, Choice
from consent.core.days import add_months, date_of
from consent.core.documents.decision import GroupAnswer, Mode, TagAnswer
from consent.core.documents.resolved import Resolved, ResolvedTag, UntaggedGroups
from consent.core.documents.tcf import TcfTag
from consent.core.groups import COOKIELESS, ESSENTIAL, LETTERS, OPT_IN, OPT_OUT, OPTIONAL, RELAXED
from consent.core.paths import any_matches
from consent.core.tcf.choice import TcfChoice, granted_of, is_granted_to

SITE_REASONS = (
    "switched_off",
    "kill_switch",
    "out_of_place",
    "out_of_page",
    "out_of_schedule",
    "unclassified",
)
CHOICE_REASONS = ("granted", "refused", "vendor_granted", "vendor_refused", "not_covered", "stricter_place", "expired")
BARRED_REASONS = ("sensitive", "minor", "precise_location")
"""Reasons from rules whose tags no click releases and no limited mode replaces."""
RULE_REASONS = ("essential", "opt_in_not_given", "opt_out_default", "notice_default", "exempt", *BARRED_REASONS)
REASONS = frozenset((*SITE_REASONS, *CHOICE_REASONS, *RULE_REASONS, "gpc", "dnt"))
"""The closed set of reasons."""
_DEFAULTS = {RELAXED: "exempt", OPT_OUT: "opt_out_default"}


@dataclass(frozen=True, slots=True)
class Signals:
    """The visitor's signals from browser or site: GPC, DNT, age band, and the exact age, used only for the decision."""

    gpc: bool = False
    dnt: bool = False
    age_band: str = "unknown"
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of `decide`; `groups` and `tags` are JSON-able."""

    show: str
    status: str | None
    links: list[str]
    expires: str | None
    groups: dict[str, GroupAnswer]
    tags: list[TagAnswer]
    allowed_tags: list[str] = field(default_factory=list)
    limited_tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Verdict:
    granted: bool
    reason: str
    level: int = 0
    grantable: bool = False


class _Visit:
    """One visitor, page and day, evaluated against a resolved config."""

    def __init__(self, resolved: Resolved, day: int, signals: Signals, choice: Choice | None, path: str | None) -> None:
        self.resolved, self.day, self.choice, self.path = resolved, day, choice, path
        self.signals = (GPC * (signals.gpc and resolved["gpc"])) | (DNT * (signals.dnt and resolved["dnt"]))
        self.minor = resolved["minors"].get(age_key(resolved, signals.age_band, signals.age), [0, 0, 0, 0])
        self.sensitive = _is_sensitive(resolved["sensitive"], path)
        self.tcf = effective_tcf(resolved, choice)

    def verdict(self, tag: ResolvedTag) -> _Verdict:
        """Return the verdict for `tag`, strongest reason first (design section 5)."""
        if tag["hold"]:
            return _Verdict(False, tag["hold"])
        if not self._runs_on_page(tag):
            return _Verdict(False, "out_of_page")
        if tag["group"] == ESSENTIAL:
            return _Verdict(True, "essential")
        effect = max(self.minor[OPTIONAL.index(tag["group"])], self.minor[3] if tag["flagged"] else 0)
        if effect > 1:
            return _Verdict(False, "minor")
        barred = self.resolved["barred"]
        if self.sensitive and (barred == "all" or (barred == "flagged" and tag["flagged"])):
            return _Verdict(False, "sensitive")
        sensitive = self.sensitive and tag["third"]
        level = OPT_IN if effect or sensitive else tag["level"]
        return self._choice_verdict(
            tag, level, "sensitive" if sensitive and tag["level"] < OPT_IN else "opt_in_not_given"
        )

    def _runs_on_page(self, tag: ResolvedTag) -> bool:
        if self.path is None:
            return not tag["bound"]
        if tag["only"] and not any_matches(tag["only"], self.path):
            return False
        return not any_matches(tag["except"], self.path)

    def _choice_verdict(self, tag: ResolvedTag, level: int, missing: str) -> _Verdict:
        """Return the verdict of choice, signals and rule, in this order, for a tag under rank `level`."""
        by_vendor, by_group = self._answers(tag)
        if "tcf" in tag:
            by_vendor, by_group = None if by_vendor else by_vendor, self._tcf_answer(tag["tcf"])
            missing = "not_covered" if by_group is None and self.tcf else missing
        if by_vendor is False:
            return _Verdict(False, "vendor_refused", level)
        if by_vendor is None and by_group is False:
            return _Verdict(False, "refused", level)
        signals = self.signals if tag["flagged"] else 0
        problem = None
        if self.choice and (by_vendor or by_group):
            problem = self._grant_problem(self.choice, tag, level, bool(by_vendor))
            if problem and by_group is False:  # the vendor's grant doesn't reach it, but the refusal of its group does
                return _Verdict(False, "refused", level)
            if not problem and not signals & ~self.choice.told:
                return _Verdict(True, "vendor_granted" if by_vendor else "granted", level)
        if signals:
            return _Verdict(False, "gpc" if signals & GPC else "dnt", level)
        if level == OPT_IN:
            return _Verdict(False, problem or missing, level, grantable=True)
        return _Verdict(True, _DEFAULTS.get(level, "notice_default"), level)

    def _answers(self, tag: ResolvedTag) -> tuple[bool | None, bool | None]:
        """Return the visitor's answers for the tag's vendor and its group; a refused sale also refuses flagged tags."""
        if not self.choice:
            return None, None
        group = self.choice.groups[tag["group"]]
        if tag["flagged"] and self.resolved["scope"] == "sale_or_share" and self.choice.groups["advertising"] is False:
            group = False
        return self.choice.vendors.get(tag["vendor"]), group

    def _tcf_answer(self, tag: TcfTag) -> bool | None:
        """Return the visitor's answer for a vendor in the vendor list; refusing all also covers later additions."""
        if self.tcf is None:
            return None
        if not self.is_tcf_covered:
            return None if self.tcf.grants else False
        granted = granted_of(self.resolved["tcf"], self.tcf)
        return is_granted_to(tag, granted, is_sensitive=self.sensitive)

    @property
    def is_tcf_covered(self) -> bool:
        """Return whether the visitor's choice answers what the config offers now."""
        return self.tcf is not None and self.tcf.key in self.resolved["tcf"]["keys"]

    def asks_for_tcf(self) -> bool:
        """Return whether the banner may ask for purposes and vendors, even if the site has no tags."""
        if "tcf" not in self.resolved:
            return False
        if self.choice is None or self.tcf is None:
            return True
        if not self.tcf.grants:
            return self.day >= refusal_end(self.resolved, self.choice)
        return not self.is_tcf_covered or has_grant_expired(self.resolved, self.day, self.choice)

    def _grant_problem(self, choice: Choice, tag: ResolvedTag, level: int, by_vendor: bool) -> str | None:
        """Return why the visitor's grant doesn't reach `tag` here and now, or None if it does."""
        if has_grant_expired(self.resolved, self.day, choice):
            return "expired"
        if level > self._rank_at_choice(choice, tag):
            return "stricter_place"
        if not by_vendor and "tcf" not in tag and choice.keys[tag["group"]] not in tag["covered"]:
            return "not_covered"
        return None

    def _rank_at_choice(self, choice: Choice, tag: ResolvedTag) -> int:
        """Return the rank of the rule for `tag` where and when the choice was made."""
        known = self.resolved["under"].get(choice.regime, "000")
        if tag["exempt"] and "x" in known + choice.letters:
            return RELAXED
        index = OPTIONAL.index(tag["group"])
        return OPT_IN if list(LETTERS)[index] in choice.letters else int(known[index])

    def is_open(self, verdict: _Verdict) -> bool:
        """Return whether the banner may ask the visitor for a tag with this verdict."""
        if verdict.level != OPT_IN:
            return False
        if verdict.reason in ("refused", "vendor_refused"):
            return self.choice is None or self.day >= refusal_end(self.resolved, self.choice)
        return verdict.grantable and (verdict.reason != "not_covered" or self.resolved["ask_new"])


def effective_tcf(resolved: Resolved, choice: Choice | None) -> TcfChoice | None:
    """Return the choice of TCF purposes and vendors, or None if TCF doesn't apply or the choice of groups is newer."""
    tcf = choice.tcf if choice and "tcf" in resolved else None
    return tcf if tcf and choice and tcf.day >= choice.day else None


def valid_tcf(resolved: Resolved, day: int, choice: Choice | None) -> TcfChoice | None:
    """Return the choice of TCF purposes and vendors if it is valid on `day` and covers the current offer, else None."""
    tcf = effective_tcf(resolved, choice)
    if choice is None or tcf is None or tcf.key not in resolved["tcf"]["keys"]:
        return None
    return None if tcf.grants and has_grant_expired(resolved, day, choice) else tcf


def has_grant_expired(resolved: Resolved, day: int, choice: Choice) -> bool:
    """Return whether the grants of `choice` no longer count on `day`."""
    # A grant dated in the future would last too long; one day ahead can be a different clock.
    return choice.day > day + 1 or day >= add_months(choice.day, resolved["life"])


def refusal_end(resolved: Resolved, choice: Choice) -> int:
    """Return the first day on which the banner may ask again for what `choice` refuses.

    A choice with grants has the day of its grants, so its refusals may date from any day of their lifetime.
    """
    # TCF purposes and vendors don't count where TCF doesn't apply, or if they are older than the choice of groups.
    has_any = has_grant(replace(choice, tcf=effective_tcf(resolved, choice)))
    grant_months = resolved["life"] if has_any else 0
    return add_months(choice.day, grant_months + resolved["keep"])


def _is_sensitive(places: bool | list[str], path: str | None) -> bool:
    """Return whether the page at `path` is sensitive; an unknown page is if the site has any sensitive pages."""
    if isinstance(places, bool):
        return places
    return bool(places) and (path is None or any_matches(places, path))


def decide(
    resolved: Resolved,
    day: int,
    signals: Signals,
    choice: Choice | None = None,
    path: str | None = None,
) -> Decision:
    """Return what may run for a visitor today (`day`) under `resolved`; `path` is None if unknown."""
    visit = _Visit(resolved, day, signals, choice, path)
    verdicts = [visit.verdict(tag) for tag in resolved["tags"]]
    groups: dict[str, GroupAnswer] = {ESSENTIAL: {"granted": True, "reason": "essential"}}
    for group in OPTIONAL:
        verdict = visit.verdict(_plain_tag(group, resolved))
        groups[group] = {"granted": verdict.granted, "reason": verdict.reason, "rule": resolved["rule"]}
    tags = [
        _tag_answer(tag, verdict, resolved["rule"], groups)
        for tag, verdict in zip(resolved["tags"], verdicts, strict=True)
    ]
    if asks := resolved.get("asks"):
        verdicts += [visit.verdict(_plain_tag(group, resolved, asks["except"])) for group in _asked(asks, choice)]
    objected = visit.signals or (choice is not None and choice.groups["advertising"] is False)
    # An age rule may already hold what was refused; the opt-out is honored either way.
    opted_out = objected and not groups["advertising"]["granted"]
    return Decision(
        show=_show(visit, verdicts, groups, bool(signals.dnt and resolved["quiet"])),
        status="opt_out_honored" if resolved["status"] and opted_out else None,
        links=resolved["links"],
        expires=expiry(resolved, choice, is_granted=has_granted(resolved, groups, tags)),
        groups=groups,
        tags=tags,
        allowed_tags=[tag["id"] for tag in tags if tag["mode"] == "full"],
        limited_tags=[tag["id"] for tag in tags if tag["mode"] == "limited"],
    )


def _asked(asks: UntaggedGroups, choice: Choice | None) -> list[str]:
    """Return the groups to ask about without a tag.

    Whether a page has marks of a group isn't known, so a visitor who has answered anything else isn't asked again.
    """
    if not choice:
        return [*asks["groups"], *asks.get("marked", [])]
    has_answers = bool(choice.vendors) or any(answer is not None for answer in choice.groups.values())
    marked = [one for one in asks.get("marked", []) if not has_answers or choice.groups[one] is not None]
    return [*asks["groups"], *marked]


def _plain_tag(group: str, resolved: Resolved, excluded: Sequence[str] = ()) -> ResolvedTag:
    """Return a generic tag of `group`, whose verdict applies to the group itself on pages that aren't `excluded`."""
    return {
        "id": "",
        "vendor": "",
        "group": group,
        "level": resolved["groups"][group]["level"],
        "flagged": group == "advertising",
        "third": True,
        "exempt": False,
        "hold": None,
        "only": [],
        "except": [*excluded],
        "bound": False,
        "covered": resolved["groups"][group]["keys"],
        "limited": None,
    }


def _tag_answer(tag: ResolvedTag, verdict: _Verdict, rule: str, groups: dict[str, GroupAnswer]) -> TagAnswer:
    # Tags held by the site, an age rule or a sensitive page don't run at all; other refusals may get a limited mode.
    limited = tag["limited"] and verdict.reason not in (*SITE_REASONS, *BARRED_REASONS)
    # Consent mode only covers groups: if the group is granted, nothing would keep this tag from setting cookies.
    if tag["limited"] == COOKIELESS and (group_answer := groups.get(tag["group"])) and group_answer["granted"]:
        limited = False
    mode: Mode = "full" if verdict.granted else "limited" if limited else "held"
    answer: TagAnswer = {
        "id": tag["id"],
        "vendor": tag["vendor"],
        "group": tag["group"],
        "mode": mode,
        "reason": verdict.reason,
        "rule": rule,
    }
    return {**answer, "trigger": tag["trigger"]} if "trigger" in tag else answer


def _show(visit: _Visit, verdicts: list[_Verdict], groups: dict[str, GroupAnswer], quiet: bool) -> str:
    # A tag barred from this page doesn't prompt here; visitors are asked on a page where it may run.
    if not quiet and any(visit.is_open(verdict) for verdict in verdicts):
        return "ask"
    if not quiet and visit.asks_for_tcf() and any(groups[one]["reason"] not in BARRED_REASONS for one in OPTIONAL):
        return "ask"
    if visit.choice is None and any(v.granted and v.level in (RELAXED, OPT_OUT) for v in verdicts):
        return "notice"
    return "none"


def has_granted(resolved: Resolved, groups: Mapping[str, GroupAnswer], tags: Sequence[TagAnswer]) -> bool:
    """Return whether a tag runs, or a group that is asked about without a tag applies, because the visitor granted it."""
    asks = resolved.get("asks")
    if asks and any(groups[group]["reason"] == "granted" for group in (*asks["groups"], *asks.get("marked", []))):
        return True
    return any(tag["reason"] in ("granted", "vendor_granted") for tag in tags)


def expiry(resolved: Resolved, choice: Choice | None, *, is_granted: bool) -> str | None:
    """Return the date (ISO 8601) on which `choice` stops applying, or None if it answers nothing.

    `is_granted` is the result of `has_granted` for the decision's tags.
    """
    if not choice:
        return None
    groups, vendors = choice.groups.values(), choice.vendors.values()
    tcf = effective_tcf(resolved, choice)
    is_asked_for = True in groups or (tcf is not None and tcf.grants)
    if is_granted or (is_asked_for and False in (*groups, *vendors)):  # an expired grant is prompted for again
        return date_of(add_months(choice.day, resolved["life"])).isoformat()
    return date_of(refusal_end(resolved, choice)).isoformat() if False in (*groups, *vendors) else None
