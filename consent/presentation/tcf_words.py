"""The text of the first layer where IAB Europe's framework applies (TCF Policies, appendix B).

Texts from the vendor list are shown verbatim; the sentences around them are in the banner's language.
"""

from collections.abc import Mapping, Sequence

from consent.core.documents.tcf import TcfNames, TcfOffer
from consent.core.tcf.id_sets import read_ids
from consent.presentation.texts import WITHOUT_SPACES, labeled

TCF_FIRST = ("tcf_intro", "tcf_special_are", "tcf_first_interest", "tcf_scope")
"""Texts that only the first layer uses."""
MAX_HOSTS = 4
"""How many hosts the first layer lists, followed by the number of further ones."""
NAME = "i"
"""The element of a name from the vendor list, whose language the script sets."""
Pieces = list[list[str]]


def tcf_words(
    texts: Mapping[str, str],
    language: str,
    offer: TcfOffer,
    names: TcfNames,
    controller: str,
    places: Sequence[str],
) -> Pieces:
    """Return the text of the first layer as pieces, in the format of `consent.presentation.texts.first_words`.

    `names` are the vendor list's names for what is offered; `places` are the hosts, or the domain, where a choice counts.
    """
    gap = "" if language in WITHOUT_SPACES else " "
    start = [" ", "p"]
    count = len(read_ids(offer["disclosed"]))
    pieces: Pieces = [[texts["tcf_intro"].replace("{controller}", controller).replace("{count}", str(count))]]
    kinds = (("tcf_purposes", [*names["stacks"], *names["purposes"]]), ("tcf_special_are", names["features"]))
    for label, listed in kinds:
        if listed:
            pieces += [start, [labeled(texts[label], "", language).rstrip(" "), "b"], *_name_pieces(listed)]
    objection = texts["tcf_first_interest"].replace("{settings}", texts["settings"])
    interest = [[objection + gap]] if offer["interest"] else []
    scope = texts["tcf_scope"].replace("{hosts}", _places(places))
    return [*pieces, start, *interest, [scope + gap], [texts["withdrawal"] + gap]]


def _name_pieces(names: Sequence[str]) -> Pieces:
    pieces: Pieces = []
    for at, name in enumerate(names):
        pieces += [[" " if not at else "; "], [name, NAME]]
    return [*pieces, ["."]]


def _places(places: Sequence[str]) -> str:
    named = ", ".join(places[:MAX_HOSTS])
    return named if len(places) <= MAX_HOSTS else f"{named} (+{len(places) - MAX_HOSTS})"
