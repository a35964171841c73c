"""Warnings about gaps between a site, its custom rules and the laws of places; none blocks a publish."""

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from consent.core.documents.config import Draft
from consent.core.documents.site_settings import Overrides
from consent.core.gpp.mapping import gpp_site
from consent.core.groups import ESSENTIAL, OPT_IN, OPTIONAL
from consent.core.rules import STRICTEST, Place, Rules
from consent.core.site_rules import EVERYWHERE, custom_rules, rule_of
from consent.core.translatable import translatable
from consent.presentation.links import STATED
from consent.sites.custom.rules import LEVEL_WORDS, is_laxer_than

SOON = datetime.timedelta(days=180)
REPLAY = "session_replay"
CALIFORNIA = "US-CA"


class Gap(NamedTuple):
    """One sentence, and the code of the place that it is about, or an empty string."""

    sentence: str
    code: str = ""


def gaps(draft: Draft, rules: Rules, today: datetime.date) -> list[Gap]:
    """Return what needs a review, with rules laxer than the law first."""
    owner = draft["overrides"]
    warnings = [*_laxer_rules(owner, rules), *_ineffective_rules(draft, rules), *_settings(owner, rules), *_gpp(draft)]
    warnings += [*_replay(draft, rules, today), *_exemptions(draft, rules)]
    return [*warnings, *_statements(owner, rules), *_upcoming_rules(rules, today)]


def _laxer_rules(owner: Overrides, rules: Rules) -> Iterator[Gap]:
    for entry in owner.get("rules", []):
        row = rules.rows.get(entry["place"])
        if row and "group" in entry and is_laxer_than(entry, row) and entry["group"] in rules.unsure(entry["place"]):
            lawful, wanted = LEVEL_WORDS[row[entry["group"]]], LEVEL_WORDS[entry["level"]]
            yield Gap(
                translatable(
                    f"Your rule for {row['name']} is laxer than the law as far as it is known here: "
                    f"under it, anything in {entry['group']} {wanted}. According to our row, which no "
                    f"source confirms, it {lawful}."
                ),
                entry["place"],
            )


def _ineffective_rules(draft: Draft, rules: Rules) -> Iterator[Gap]:
    """Yield custom rules without effect: the law already requires as much, or no tag has the purpose."""
    purposes = {purpose for tag in draft["tags"] for purpose in tag["purposes"]}
    for entry in draft["overrides"].get("rules", []):
        row = rules.rows.get(entry["place"])
        where = row["name"] if row else translatable("every place") if entry["place"] == EVERYWHERE else entry["place"]
        code = entry["place"] if row else ""
        if "purpose" in entry and entry["purpose"] not in purposes:
            yield Gap(
                translatable(
                    f"Your rule on {_plain(entry['purpose'])} in {where} matches no tag: none has this purpose."
                ),
                code,
            )
        elif row and "group" in entry and entry["level"] == row[entry["group"]]:
            yield Gap(
                translatable(f"Your rule on {entry['group']} in {where} asks for what the law already requires."), code
            )


def _settings(owner: Overrides, rules: Rules) -> Iterator[Gap]:
    if owner["rest_of_world"] != STRICTEST:
        name = rules.rows[owner["rest_of_world"]]["name"]
        yield Gap(
            translatable(
                f"Countries whose law is not in the table follow the rule of {name}, which may be laxer than their own."
            )
        )
    if owner["ignore_gpc_where_silent"]:
        yield Gap(
            translatable(
                "Global Privacy Control is ignored where no law asks for it, though the visitor has said what they want."
            )
        )


def _gpp(draft: Draft) -> Iterator[Gap]:
    """Yield settings on which readers of the site's GPP strings may not act as the owner expects."""
    site = gpp_site(draft)
    if site is None:
        return
    if site.settings.get("opt_out_notice") is False:
        yield Gap(
            translatable(
                "GPP says that no notice of the right to opt out is given: ad code treats each US visitor as opted out."
            )
        )
    if site.settings["approach"] == "state":
        yield Gap(
            translatable(
                "GPP strings contain only the states' own sections. By default, Prebid acts only on "
                "those of California, Virginia, Colorado, Utah and Connecticut. Opt-outs in any "
                "other state are ignored unless the national section is sent."
            )
        )


def _replay(draft: Draft, rules: Rules, today: datetime.date) -> Iterator[Gap]:
    place = Place("US", "CA")
    rule = rule_of(draft["overrides"], rules, place, today)
    own = custom_rules(draft["overrides"], rule, place)
    for tag in draft["tags"]:
        if tag["enabled"] and tag["group"] != ESSENTIAL and REPLAY in tag["purposes"]:
            group = tag["group"] if tag["group"] in OPTIONAL else "advertising"
            if own.level(rule.levels[OPTIONAL.index(group)], group, tag["purposes"]) < OPT_IN:
                yield Gap(
                    translatable(
                        f"{tag['name']} records sessions and runs in California before consent; lawsuits under the "
                        "California Invasion of Privacy Act make it prudent to wait for a grant there."
                    ),
                    CALIFORNIA,
                )


def _exemptions(draft: Draft, rules: Rules) -> Iterator[Gap]:
    known = {**rules.exemptions("analytics"), **rules.exemptions("functional")}
    for tag in draft["tags"]:
        for exemption in tag["exemptions"]:
            if exemption not in known:
                yield Gap(translatable(f"{tag['name']} has the exemption {exemption}, which no rule defines."))
            elif note := known[exemption]:
                code = exemption.partition(":")[2]
                yield Gap(
                    translatable(
                        f"{tag['name']} runs without consent in {rules.rows[code]['name']} as "
                        f"{exemption}. This applies only if all of these conditions are met: {note}."
                    ),
                    code,
                )


def _statements(owner: Overrides, rules: Rules) -> Iterator[Gap]:
    """Yield statements that a law requires, and that only the owner can make but hasn't."""
    for code, row in rules.rows.items():
        for token in filter(None, row["required_links"].split(";")):
            if token in STATED and token not in owner.get("sale_notices", {}):
                yield Gap(
                    translatable(
                        f"{row['name']} asks for a notice of sale, a statement about your business that only you can "
                        "make. Enter it under Settings if it applies to you."
                    ),
                    code,
                )


def _upcoming_rules(rules: Rules, today: datetime.date) -> Iterator[Gap]:
    for code, row in sorted(rules.rows.items(), key=lambda pair: pair[1]["in_force_since"]):
        since = row["in_force_since"]
        if since and today.isoformat() < since <= (today + SOON).isoformat():
            yield Gap(
                translatable(
                    f"The rule of {row['name']} begins automatically on {since}. Until then, the rule "
                    "of its country applies, or that of the rest of the world."
                ),
                code,
            )


def _plain(token: str) -> str:
    return token.replace("_", " ")
