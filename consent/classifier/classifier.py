"""Layered classifier of cookies, storage items and addresses: the first layer with a match wins.

A site's own decision; the catalogue by name and domain, by name, by pattern; the vendor of the setting domain; the
vendor of the setting script; the trained model; else unknown, for manual review.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from consent.classifier.address_book import AddressBook
from consent.classifier.catalogue import VENDORS, Catalogue, load_catalogue
from consent.classifier.cooccurrence import Cooccurrence, NameAnswer
from consent.classifier.filter_lists import FilterList, read_lists
from consent.classifier.host_owners import CODE, Owner
from consent.classifier.model import Model, load_model
from consent.classifier.name_index import Known, Names, known_names, word_purpose
from consent.classifier.observation import Observation, Sighting
from consent.classifier.observed_names import add_observed, load_observed
from consent.classifier.registrable_domain import clean_host, owned_domain
from consent.classifier.result import (
    DECISION,
    DOMAIN,
    LIST,
    NAME,
    NAME_AND_DOMAIN,
    NONE,
    PATTERN,
    SCRIPT,
    UNCLASSIFIED,
    Answer,
)
from consent.core.groups import ESSENTIAL, GROUPS

Decided = tuple[str, str | None]
"""A group and a purpose code."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions of the users of a site: cookies by (name, domain) or, for every domain, (name, ""); addresses by host."""

    cookies: Mapping[tuple[str, str], Decided] = field(default_factory=dict)
    hosts: Mapping[str, Decided] = field(default_factory=dict)

    def of_cookie(self, name: str, host: str) -> Answer | None:
        """Return what was decided of a cookie or stored item."""
        decision = self.cookies.get((name, host)) or self.cookies.get((name, ""))
        return _by_user(decision, "for the site") if decision else None

    def of_host(self, host: str) -> Answer | None:
        """Return what was decided of the addresses of a host."""
        decision = self.hosts.get(host)
        return _by_user(decision, f"for {host}") if decision else None


WORD, PREFIX, ADDRESS, SEEN, APPLICATION = "word", "prefix", "address", "seen", "application"
AD_DOMAIN, WEBSITE = "ad_domain", "website"
CONFIDENCE = {
    DECISION: (1.0, 1.0, 1.0),
    NAME_AND_DOMAIN: (0.21, 0.84, 0.95),
    NAME: (0.23, 0.64, 0.97),
    SEEN: (0.9, 0.91, 0.96),
    WORD: (0.88, 0.93, 0.94),
    PREFIX: (0.2, 0.64, 0.9),
    AD_DOMAIN: (0.8, 0.96, 0.99),
    DOMAIN: (0.7, 0.66, 0.83),
    WEBSITE: (0.36, 0.46, 0.72),
    SCRIPT: (0.6, 0.65, 0.7),
    LIST: (0.5, 0.6, 0.65),
    ADDRESS: (0.65, 0.65, 0.65),
    APPLICATION: (0.6, 0.7, 0.78),
}
"""Shares of right answers where the model speaks against the group, is undecided, and speaks for it.

Where a vendor's file or a list has the whole name, it is sites that speak: most that declared it declared another group,
none declared it, most declared this one. The model tells nothing more there. Where it has the beginning of a name, they
speak by what they declared of its vendor's names. A domain at which an owner has its own website is judged apart from
those that it only delivers from; where the model speaks against it there, the model answers.

As `make bench-classify` measures them on vendors and sites that were kept aside; those of scripts, of filter lists
and of names after an application are guessed below the others, for want of data.
"""
UNMET = {"essential": 0.78, "functional": 0.35, "analytics": 0.56, "advertising": 0.79}
"""Shares of right answers by a name that most sites agree on nothing of; the functional one, of 14, leans to the mean.

They hold for beginnings, too, where no site declared anything of their vendor.
"""
AGAINST, FOR = 0.4, 0.7
MIN_PREFIX_LENGTH = 4
NOBODY = Answer(
    UNCLASSIFIED,
    None,
    NONE,
    "",
    0.0,
    "Nothing that is known fits this name, its domain or its script; a user has to say what it is for.",
)

LayerAnswer = tuple[str, Answer]
"""An answer with the row of `CONFIDENCE` that it falls under."""
Waiting = tuple[Sighting, str, str, str, str, bool]
"""What is `NameAnswer`, but with what was seen in place of what the model has still to guess of it."""


class Classifier:
    """Answers for cookies, stored items and addresses, from a catalogue, a model and a site's own decisions."""

    def __init__(
        self, names: Names, book: AddressBook, model: Model | None, decisions: Decisions | None = None
    ) -> None:
        self._names, self._book, self._model = names, book, model
        self._decisions = decisions or Decisions()

    def with_decisions(self, decisions: Decisions) -> "Classifier":
        """Return a classifier in which `decisions` take precedence, and that shares all else."""
        return Classifier(self._names, self._book, self._model, decisions)

    def with_lists(self, lists: Sequence[FilterList]) -> "Classifier":
        """Return a classifier that falls back on filter `lists` for unknown vendors, and shares all else."""
        return Classifier(self._names, self._book.with_lists(lists), self._model, self._decisions)

    def cookie(
        self,
        name: str,
        domain: str = "",
        *,
        value: str | None = None,
        expiry_s: int | None = None,
        third_party: bool | None = None,
        script: str = "",
    ) -> Answer:
        """Classify one cookie or stored item, as `Observation` describes it."""
        return self.cookies([Observation(name, domain, value, expiry_s, third_party, script)])[0]

    def cookies(self, item: Sequence[Observation]) -> list[Answer]:
        """Classify the cookies or stored items of one place together: each is evidence for the others."""
        return [*map(self.together(self.alone(item)).answer, range(len(item)))]

    def together(self, answers: Iterable[NameAnswer]) -> Cooccurrence:
        """Return answers classified one by one as evidence for each other."""
        return Cooccurrence(answers, self._model)

    def alone(self, item: Sequence[Observation]) -> list[NameAnswer]:
        """Classify each cookie or stored item separately, and name the others that are evidence for it.

        The model is asked of all that it alone can answer together: what it needs is near at hand then.
        """
        answers = [*map(self._answer_of, item)]
        unknown = [one[0] for one in answers if not isinstance(one, NameAnswer)]
        guesses = iter(self._model.guesses(unknown) if self._model else ())
        return [one if isinstance(one, NameAnswer) else NameAnswer(next(guesses), *one[1:]) for one in answers]

    def _answer_of(self, item: Observation) -> NameAnswer | Waiting:
        """Classify a cookie or stored item separately, as far as possible without the model."""
        name, host = item.name, clean_host(item.domain)
        owner, kind, is_website = self._book.place(host)
        if item.third_party is not False:
            owner = self._book.listed(owner, host)
        sighting = Sighting(name, host, item.value, item.expiry_s, item.third_party, kind, is_website)
        is_shared = host and not owner and not is_website and item.third_party is not False
        circles = (owned_domain(host) if is_shared else "", self._names.new_beginning(name))
        if decided := self._decisions.of_cookie(name, host):
            return NameAnswer(decided, name, *circles)
        known = self._catalogue(sighting, owner) or self._of_vendor(sighting, owner, item.script)
        if known := known or self._of_application(sighting, owner, item):
            return NameAnswer(self._weighed(known, sighting), name, *circles)
        maker = owner or (self._book.find(item.script) if item.script else None)
        vendor = maker.vendor or maker.name if maker else ""
        if self._model is None:
            return NameAnswer(replace(NOBODY, vendor=vendor), name, *circles)
        return sighting, name, *circles, vendor, is_website

    def _of_vendor(self, sighting: Sighting, owner: Owner | None, script: str) -> LayerAnswer | None:
        """Return what the owner of the domain is for, else of the script; at its own website unless the model objects."""
        if owner and owner.group and owner.group != ESSENTIAL:
            reason = owner.says(sighting.host)
            if owner.listed:
                return LIST, _by_owner(owner, LIST, reason)
            if not sighting.is_website:
                kind = AD_DOMAIN if owner.group == "advertising" else DOMAIN
                return kind, _by_owner(owner, DOMAIN, reason)
            if self._share(sighting, owner.group) >= AGAINST:
                return WEBSITE, _by_owner(owner, DOMAIN, f"{reason} It has its own website there, too.")
        maker = self._book.find(script) if script else None
        if maker and maker.group and maker.group != ESSENTIAL:
            if maker.listed:
                return LIST, _by_owner(maker, LIST, maker.says("the script that set it"))
            reason = f"It was set by a script of {maker.name}, which is {maker.group}."
            return SCRIPT, _by_owner(maker, SCRIPT, reason)
        return None

    def _of_application(self, sighting: Sighting, owner: Owner | None, item: Observation) -> LayerAnswer | None:
        """Return what a server sets for the site itself under the name of its application."""
        named = self._names.named_after(sighting.name, of_server=bool(item.http_only))
        if named is None or item.script or sighting.third_party or (owner and owner.is_tracker):
            return None
        known, own = named
        if self._book.has_product(own):
            return None
        reason = f"The catalogue has {known.name} as one of {known.vendor}, with the application's own name in it."
        return APPLICATION, Answer(known.group, known.purpose, PATTERN, known.vendor, 0.0, reason, known.group)

    def _weighed(self, candidate: LayerAnswer, sighting: Sighting) -> Answer:
        """Return the answer with a confidence that depends on whether sites, or the model, agree."""
        kind, answer = candidate
        if kind in (NAME, NAME_AND_DOMAIN):
            return self._heard(kind, answer, self._names.declares(sighting.name, sighting.host))
        if kind == PREFIX:
            return self._of_beginning(answer)
        share = self._share(sighting, answer.group)
        return replace(answer, confidence=CONFIDENCE[kind][(share >= AGAINST) + (share >= FOR)])

    def _of_beginning(self, answer: Answer) -> Answer:
        """Return the answer with the confidence that follows from what sites declared of the vendor's names."""
        leaning = self._names.leaning.get(answer.vendor)
        if leaning is None:
            return replace(answer, confidence=UNMET[answer.group])
        reason = f"{answer.reason} Sites declared its vendor's names {leaning} for the most part."
        return replace(answer, confidence=CONFIDENCE[PREFIX][2 if leaning == answer.group else 0], reason=reason)

    def _share(self, sighting: Sighting, group: str) -> float:
        return self._model.shares(sighting)[GROUPS.index(group)] if self._model else AGAINST

    def _heard(self, kind: str, answer: Answer, declared: Known | None) -> Answer:
        """Return the answer with the confidence that follows from what sites `declared`."""
        if declared is None:
            confidence = UNMET[answer.group] if kind == NAME else CONFIDENCE[kind][1]
            return replace(answer, confidence=confidence)
        sites = "A site" if declared.sites == 1 else f"{declared.sites} sites"
        if declared.group == answer.group:
            return replace(answer, confidence=CONFIDENCE[kind][2], reason=f"{answer.reason} {sites} declared it so.")
        reason = f"{answer.reason} {sites} declared it {declared.group}."
        return replace(answer, confidence=CONFIDENCE[kind][0], reason=reason)

    def address(self, url: str) -> Answer:
        """Classify a script or request address: its vendor and purpose."""
        host = clean_host(url)
        if decided := self._decisions.of_host(host):
            return decided
        owner = self._book.find(url)
        if owner is None:
            return Answer(UNCLASSIFIED, None, NONE, "", 0.0, f"Nobody is known at {host or 'this address'}.")
        if owner.group is None:
            reason = f"{host} belongs to {owner.name}; what its requests are for is not known."
            if owner.kind == CODE:
                reason = f"{host} serves code of {owner.name}, which pages need and which by itself follows nobody."
            return Answer(UNCLASSIFIED, None, DOMAIN, owner.vendor or owner.name, 0.0, reason, owner.likely)
        if owner.listed:
            return _by_owner(owner, LIST, owner.says(f"an address at {host}"))
        return _by_owner(owner, DOMAIN, owner.says(host))

    def _catalogue(self, sighting: Sighting, owner: Owner | None) -> LayerAnswer | None:
        name, host = sighting.name, sighting.host
        exact = self._names.exact.get(name, [])
        begun = [] if exact else self._names.begins(name)
        placed = [known for known in exact or begun if host and known.is_of(host)]
        tracked = bool(owner and owner.is_tracker)
        near = [known for known in begun if known in placed or _is_distinctive(known)]
        for layer, entries in ((NAME_AND_DOMAIN, placed), (NAME, exact), (PATTERN, near)):
            answer = _agreed(layer, entries, name, host) if entries else None
            if answer and not (answer.group == ESSENTIAL and (tracked or (sighting.third_party and not placed))):
                kind = PREFIX if layer == PATTERN else SEEN if entries[0].sites else layer
                return kind, answer
        word = None if tracked or sighting.third_party else word_purpose(name)
        if word is None:
            return None
        sentence, group, purpose = word
        return WORD, Answer(group, purpose, PATTERN, "", CONFIDENCE[WORD][1], f"Its name says {sentence}.", group)


@cache
def shipped_classifier(lists: tuple[str, ...] = ()) -> Classifier:
    """Return the classifier of what is shipped and of an operator's filter `lists`, made once in a process.

    Each list is named as `GROUP=FILE`. Raises FilterListError.
    """
    if lists:
        return shipped_classifier().with_lists(read_lists(lists))
    return new_classifier(load_catalogue(VENDORS))


def new_classifier(catalogue: Catalogue, further: Iterable[Known] = (), model: Model | None = None) -> Classifier:
    """Return the classifier of a catalogue; names in `further` take precedence over the same names in it."""
    names = known_names(catalogue.vendors)
    add_observed(names, load_observed())
    own = list(further)
    for known in own:
        names.exact.pop(known.name, None) if not known.name.endswith("*") else names.prefixes.pop(known.name[:-1], None)
        names.declared.pop(known.name, None)
    for known in own:
        names.add(known)
    return Classifier(names, AddressBook(catalogue.vendors), model or load_model())


def _is_distinctive(known: Known) -> bool:
    """Return whether a beginning is long enough to be its owner's on any domain; a foreign one needs its own domain."""
    return len(known.name) > MIN_PREFIX_LENGTH and not known.domains


def _agreed(layer: str, entries: list[Known], name: str, host: str) -> Answer | None:
    """Return the answer in which all of `entries` agree, as far as they do; None where their groups differ."""
    if len({known.group for known in entries}) != 1:
        return None
    first = entries[0]
    purposes = {known.purpose for known in entries}
    vendors = {known.vendor for known in entries}
    vendor = first.vendor if len(vendors) == 1 else ""
    whose = f" as one of {vendor}" if vendor else f" for {len(vendors)} vendors"
    if vendors == {""}:
        whose = " as one that several products have"
    if first.sites:
        whose = f", as {'a site' if first.sites == 1 else f'{first.sites} sites'} declared it"
    reason = {
        NAME_AND_DOMAIN: f"The catalogue has {first.name} on {host}{whose}.",
        NAME: f"The catalogue has {name}{whose}.",
        PATTERN: f"The catalogue has names that begin like {first.name}{whose}.",
    }[layer]
    purpose = purposes.pop() if len(purposes) == 1 else None
    return Answer(first.group, purpose, layer, vendor, 0.0, reason, first.group)


def _by_user(decided: Decided, of_what: str) -> Answer:
    group, purpose = decided
    return Answer(group, purpose, DECISION, "", 1.0, f"A user decided this {of_what}.", group)


def _by_owner(owner: Owner, layer: str, reason: str) -> Answer:
    group = owner.group or UNCLASSIFIED
    return Answer(group, None, layer, owner.vendor or owner.name, CONFIDENCE[ADDRESS][1], reason, group)
