"""Sentences of the banner where IAB Europe's framework applies (TCF Policies, appendix B).

What the vendor list says itself is shown as it stands there; these are the sentences around it. Where a language has none,
they are English, as the list is where it has no file of a language.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from consent.core.documents import TcfNames, TcfOffer
from consent.core.tcf.id_sets import read_ids
from consent.presentation.texts import WITHOUT_SPACES, labelled

FILE = Path(__file__).parent.parent / "data" / "tcf-sentences.json"
ENGLISH = "en"
PREFIX = "tcf_"
MAX_HOSTS = 4
"""Hosts that the first layer names; of more it names these, and says how many others there are."""
NAME = "i"
"""The element of a name of the list: the script says which language it is of."""
Pieces = list[list[str]]


@cache
def _sentences() -> Mapping[str, dict[str, str]]:
    found: Mapping[str, dict[str, str]] = json.loads(FILE.read_text("utf-8"))
    return found


def tcf_language(language: str) -> str:
    """Return the language of the sentences for visitors of `language`: their own, or English."""
    tag = language.partition("-")[0]
    return tag if tag in _sentences() else ENGLISH


def tcf_texts(language: str) -> dict[str, str]:
    """Return the sentences of the second layer by key, each of which begins with `tcf_`; `tcf_lang` is their language."""
    found = tcf_language(language)
    return {f"{PREFIX}lang": found, **{f"{PREFIX}{key}": text for key, text in _sentences()[found].items()}}


def tcf_words(
    texts: Mapping[str, str],
    language: str,
    offer: TcfOffer,
    names: TcfNames,
    controller: str,
    places: Sequence[str],
) -> Pieces:
    """Return the words of the first layer in pieces, as `consent.presentation.texts.first_words` does.

    `names` are those of the list that cover what is offered; `places` are the hosts, or the domain, where the choice counts.
    """
    words = _sentences()[tcf_language(language)]
    gap = "" if language in WITHOUT_SPACES else " "
    start = [" ", "p"]
    count = len(read_ids(offer["disclosed"]))
    pieces: Pieces = [[words["intro"].replace("{controller}", controller).replace("{count}", str(count))]]
    for label, listed in (("purposes_are", [*names["stacks"], *names["purposes"]]), ("special_are", names["features"])):
        if listed:
            pieces += [start, [labelled(words[label], "", language).rstrip(" "), "b"], *_listed(listed)]
    interest = [[words["first_interest"].replace("{settings}", texts["settings"]) + gap]] if offer["interest"] else []
    scope = words["scope"].replace("{hosts}", _places(places))
    return [*pieces, start, *interest, [scope + gap], [texts["withdrawal"] + gap]]


def _listed(names: Sequence[str]) -> Pieces:
    pieces: Pieces = []
    for at, name in enumerate(names):
        pieces += [[" " if not at else "; "], [name, NAME]]
    return [*pieces, ["."]]


def _places(places: Sequence[str]) -> str:
    named = ", ".join(places[:MAX_HOSTS])
    return named if len(places) <= MAX_HOSTS else f"{named} (+{len(places) - MAX_HOSTS})"
