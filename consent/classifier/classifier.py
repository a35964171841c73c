"""Layered classifier of cookies, storage items and URLs: the first layer with a match wins.

The layers are: the site's own decision; the catalog by name and domain, by name, by pattern; the vendor of the
setting domain; the vendor of the setting script; the trained model; otherwise unknown, for manual review.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from consent.classifier.address_book import AddressBook, Place
from consent.classifier.catalog import VENDORS, Catalog, load_catalog
from consent.classifier.confidences import GUESSED, OTHERWISE, SO, Confidences, context_of, load_confidences
from consent.classifier.cooccurrence import Cooccurrence, NameAnswer
from consent.classifier.filter_lists import FilterList, read_lists
from consent.classifier.host_owners import CODE, TRACKERS, Owner
from consent.classifier.model import Model, load_model
from consent.classifier.name_index import KnownName, Names, known_names, word_purpose
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
from consent.core.translatable import translatable

Decided = tuple[str, str | None]
"""A group and a purpose code."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions by a site's users: cookies by (name, domain), or (name, "") for every domain; URLs by host."""

    cookies: Mapping[tuple[str, str], Decided] = field(default_factory=dict)
    hosts: Mapping[str, Decided] = field(default_factory=dict)

    def of_cookie(self, name: str, host: str) -> Answer | None:
        """Return the users' decision on a cookie or stored item."""
        decision = self.cookies.get((name, host)) or self.cookies.get((name, ""))
        return _by_user(decision, "") if decision else None

    def of_host(self, host: str) -> Answer | None:
        """Return the users' decision on the URLs of a host."""
        decision = self.hosts.get(host)
        return _by_user(decision, host) if decision else None


OWN_WEBSITE = translatable("It has its own website there, too.")
WORD, PREFIX, ADDRESS, SEEN, APPLICATION = "word", "prefix", "address", "seen", "application"
AD_DOMAIN, WEBSITE, SCRIPT_KIND, LIST_KIND = "ad_domain", "website", "script", "list"
LEVELS = ("against", "undecided", "for")
"""The model's verdicts on a group."""
AGAINST, FOR = 0.4, 0.7
"""Minimum shares of the model for the verdicts `undecided` and `for`."""
MAX_CACHED = 2048
"""Number of sightings without a value whose shares are cached; lists repeat the same names."""
LEANING = 0.5
"""The model's share for a tracker group from which a keyword can't make an item essential on an unknown domain."""
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
"""An answer and its kind, which determines its measured confidence."""
Waiting = tuple[Sighting, str, str, str, str, str]
"""A `NameAnswer` whose guess the model has yet to make, with the sighting in its place."""


class Classifier:
    """Classifies cookies, stored items and URLs with a catalog, a model and a site's own decisions."""

    def __init__(
        self,
        names: Names,
        book: AddressBook,
        model: Model | None,
        decisions: Decisions | None = None,
        confidences: Confidences | None = None,
    ) -> None:
        self._names, self._book, self._model = names, book, model
        self._decisions = decisions or Decisions()
        self._confidences = load_confidences() if confidences is None else confidences
        self._cached_shares = lru_cache(maxsize=MAX_CACHED)(model.shares) if model else None

    def with_decisions(self, decisions: Decisions) -> "Classifier":
        """Return a copy of this classifier in which `decisions` take precedence."""
        return Classifier(self._names, self._book, self._model, decisions, self._confidences)

    def with_lists(self, lists: Sequence[FilterList]) -> "Classifier":
        """Return a copy of this classifier that falls back on filter `lists` for unknown vendors."""
        book = self._book.with_lists(lists)
        return Classifier(self._names, book, self._model, self._decisions, self._confidences)

    def with_confidences(self, confidences: Confidences) -> "Classifier":
        """Return a copy of this classifier that uses `confidences`."""
        return Classifier(self._names, self._book, self._model, self._decisions, confidences)

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
        """Classify one cookie or stored item; the arguments are those of `Observation`."""
        return self.cookies([Observation(name, domain, value, expiry_s, third_party, script)])[0]

    def cookies(self, item: Sequence[Observation]) -> list[Answer]:
        """Classify the cookies or stored items found in one place together; each is evidence for the others."""
        return [*map(self.combine(self.classify_separately(item)).answer, range(len(item)))]

    def combine(self, answers: Iterable[NameAnswer]) -> Cooccurrence:
        """Combine separately classified answers, which become evidence for each other."""
        return Cooccurrence(answers, self._model, self._confidences)

    def classify_separately(self, item: Sequence[Observation]) -> list[NameAnswer]:
        """Classify each cookie or stored item separately, and record which others are evidence for it.

        Runs the model once, on everything that no other layer could answer, to make the best use of the CPU cache.
        """
        answers = [*map(self._answer_of, item)]
        unknown = [one[0] for one in answers if not isinstance(one, NameAnswer)]
        guesses = iter(self._model.guesses(unknown) if self._model else ())
        return [one if isinstance(one, NameAnswer) else NameAnswer(next(guesses), *one[1:]) for one in answers]

    def _answer_of(self, item: Observation) -> NameAnswer | Waiting:
        """Classify a cookie or stored item separately, as far as possible without the model."""
        name, host = item.name, clean_host(item.domain)
        place = self._book.place(host)
        owner, kind, is_website = place.owner, place.kind, place.is_website
        if item.third_party is not False:
            owner = self._book.listed(owner, host)
            place = place if owner is place.owner else place._replace(owner=owner)
        sighting = Sighting(name, host, item.value, item.expiry_s, item.third_party, kind, is_website)
        is_shared = host and not owner and not is_website and item.third_party is not False
        circles = (owned_domain(host) if is_shared else "", self._names.new_beginning(name))
        if decided := self._decisions.of_cookie(name, host):
            return NameAnswer(decided, name, *circles)
        known = self._catalog_answer(sighting, place) or self._vendor_answer(sighting, owner, item.script)
        if known := known or self._application_answer(sighting, place, item):
            return NameAnswer(self._with_confidence(known, sighting), name, *circles)
        maker = owner or (self._book.find(item.script) if item.script else None)
        vendor = maker.vendor or maker.name if maker else ""
        if self._model is None:
            return NameAnswer(replace(NOBODY, vendor=vendor), name, *circles)
        return sighting, name, *circles, vendor, context_of(sighting)

    def _vendor_answer(self, sighting: Sighting, owner: Owner | None, script: str) -> LayerAnswer | None:
        """Return the purpose of the domain's owner, or else of the script's.

        On the owner's own website the model can overrule it.
        """
        if owner and owner.group and owner.group != ESSENTIAL:
            reason = owner.purpose_sentence(sighting.host)
            if owner.listed:
                return LIST_KIND, _by_owner(owner, LIST, reason)
            if not sighting.is_website:
                kind = AD_DOMAIN if owner.group == "advertising" else DOMAIN
                return kind, _by_owner(owner, DOMAIN, reason)
            if self._share(sighting, owner.group) >= AGAINST:
                return WEBSITE, _by_owner(owner, DOMAIN, f"{reason} {OWN_WEBSITE}")
        maker = self._book.find(script) if script else None
        if maker and maker.group and maker.group != ESSENTIAL:
            if maker.listed:
                return LIST_KIND, _by_owner(maker, LIST, maker.purpose_sentence(translatable("the script that set it")))
            reason = translatable(f"It was set by a script of {maker.name}, which is {maker.group}.")
            return SCRIPT_KIND, _by_owner(maker, SCRIPT, reason)
        return None

    def _application_answer(self, sighting: Sighting, place: Place, item: Observation) -> LayerAnswer | None:
        """Return the entry for cookies that a server sets for its own site under the application's name."""
        named = self._names.named_after(sighting.name, of_server=bool(item.http_only))
        if named is None or item.script or not self._is_own(sighting, place):
            return None
        known, own = named
        if self._book.has_product(own):
            return None
        reason = translatable(
            f"The catalog lists {known.name} under {known.vendor}, with the application's own name in it."
        )
        return APPLICATION, Answer(known.group, known.purpose, PATTERN, known.vendor, 0.0, reason, known.group)

    def _with_confidence(self, candidate: LayerAnswer, sighting: Sighting) -> Answer:
        """Return the answer with a confidence based on whether sites, or the model, agree."""
        kind, answer = candidate
        if kind in (NAME, NAME_AND_DOMAIN):
            return self._listed_answer(kind, sighting, answer)
        if kind == PREFIX:
            return self._prefix_answer(sighting, answer)
        if kind == DOMAIN:
            kind = f"{kind}.{answer.group}"
        return self._with_measured_confidence(answer, f"{kind}.{self._level(sighting, answer.group)}")

    def _prefix_answer(self, sighting: Sighting, answer: Answer) -> Answer:
        """Return the answer with a confidence based on how sites declared the vendor's names."""
        leaning = self._names.leaning.get(answer.vendor)
        if leaning is None:
            return self._with_measured_confidence(
                answer, f"{PREFIX}.{answer.group}.{self._level(sighting, answer.group)}"
            )
        declares = translatable(f"Most names that sites declared for its vendor are {leaning}.")
        reason = f"{answer.reason} {declares}"
        declared = f"{SO}.{answer.group}" if leaning == answer.group else OTHERWISE
        return self._with_measured_confidence(replace(answer, reason=reason), f"{PREFIX}.{declared}")

    def _listed_answer(self, kind: str, sighting: Sighting, answer: Answer) -> Answer:
        """Return the answer with a confidence based on how sites declared the name, or else on the model."""
        declared = self._names.declares(sighting.name, sighting.host)
        if declared is None:
            return self._with_measured_confidence(
                answer, f"{kind}.{answer.group}.{self._level(sighting, answer.group)}"
            )
        if declared.group == answer.group:
            reason = f"{answer.reason} {_declared_so(declared.sites)}"
            return self._with_measured_confidence(replace(answer, reason=reason), f"{kind}.{SO}.{answer.group}")
        reason = f"{answer.reason} {_declared_as(declared.sites, declared.group)}"
        return self._with_measured_confidence(replace(answer, reason=reason), f"{kind}.{OTHERWISE}")

    def _with_measured_confidence(self, answer: Answer, evidence: str) -> Answer:
        return replace(answer, confidence=self._confidences.confidence(evidence), evidence=evidence)

    def _level(self, sighting: Sighting, group: str) -> str:
        share = self._share(sighting, group)
        return LEVELS[(share >= AGAINST) + (share >= FOR)]

    def _share(self, sighting: Sighting, group: str) -> float:
        if self._model is None or self._cached_shares is None:
            return AGAINST
        shares = self._model.shares if sighting.value else self._cached_shares  # visitors' values must not be cached
        return shares(sighting)[GROUPS.index(group)]

    def address(self, url: str) -> Answer:
        """Classify a script or request URL by vendor and purpose."""
        host = clean_host(url)
        if decided := self._decisions.of_host(host):
            return decided
        owner = self._book.find(url)
        if owner is None:
            return Answer(UNCLASSIFIED, None, NONE, "", 0.0, _unknown_owner(host))
        if owner.group is None:
            reason = translatable(f"{host} belongs to {owner.name}; the purpose of its requests is not known.")
            if owner.kind == CODE:
                reason = translatable(
                    f"{host} serves {owner.name} code that pages need; it doesn't track anyone by itself."
                )
            return Answer(UNCLASSIFIED, None, DOMAIN, owner.vendor or owner.name, 0.0, reason, owner.likely_group)
        if owner.listed:
            return _by_owner(owner, LIST, owner.purpose_sentence(f"an address at {host}"))
        return _by_owner(owner, DOMAIN, owner.purpose_sentence(host))

    def _catalog_answer(self, sighting: Sighting, place: Place) -> LayerAnswer | None:
        name, host = sighting.name, sighting.host
        exact = self._names.exact.get(name, [])
        begun = [] if exact else self._names.prefix_entries(name)
        placed = [known for known in exact or begun if host and known.is_of(host)]
        near = [known for known in begun if known in placed or _is_distinctive(known)]
        for layer, entries in ((NAME_AND_DOMAIN, placed), (NAME, exact), (PATTERN, near)):
            answer = _common_answer(layer, entries, name, host) if entries else None
            if answer and (answer.group != ESSENTIAL or self._may_be_essential(sighting, place, placed)):
                kind = PREFIX if layer == PATTERN else SEEN if entries[0].sites else layer
                return kind, answer
        word = word_purpose(name)
        if word is None or not self._is_own(sighting, place) or self._leans_to_tracking(sighting):
            return None
        sentence, group, purpose = word
        return WORD, Answer(group, purpose, PATTERN, "", 0.0, translatable(f"Its name says {sentence}."), group)

    def _may_be_essential(self, sighting: Sighting, place: Place, placed: Sequence[KnownName]) -> bool:
        """Return whether a known name can be essential; a third party's only if a vendor file also lists its domain."""
        if place.owner and place.owner.is_tracker:
            return False
        return any(not known.sites for known in placed) or self._is_own(sighting, place)

    def _is_own(self, sighting: Sighting, place: Place) -> bool:
        """Return whether a name alone suffices to classify it as one of the site's own.

        It doesn't on a tracker's host, on a third party's, or, if the party isn't known, on a host with a known owner.
        """
        if place.has_tracker or sighting.third_party or (place.owner and place.owner.is_tracker):
            return False
        is_sites = sighting.third_party is False or not sighting.host
        return is_sites or place.owner is None or place.owner.group == ESSENTIAL

    def _leans_to_tracking(self, sighting: Sighting) -> bool:
        """Return whether the model contradicts a keyword in the name, for a domain whose owner isn't known."""
        if sighting.third_party is False or not sighting.host:
            return False
        return any(self._share(sighting, group) >= LEANING for group in TRACKERS)


@cache
def shipped_classifier(lists: tuple[str, ...] = ()) -> Classifier:
    """Return the classifier for the shipped data and an operator's filter `lists`, created once per process.

    Each list has the form `GROUP=FILE`. Raises FilterListError.
    """
    if lists:
        return shipped_classifier().with_lists(read_lists(lists))
    return new_classifier(load_catalog(VENDORS))


def new_classifier(catalog: Catalog, further: Iterable[KnownName] = (), model: Model | None = None) -> Classifier:
    """Return a classifier for a catalog; names in `further` take precedence over the catalog's."""
    names = known_names(catalog.vendors)
    add_observed(names, load_observed())
    own = list(further)
    for known in own:
        names.exact.pop(known.name, None) if not known.name.endswith("*") else names.prefixes.pop(known.name[:-1], None)
        names.declared.pop(known.name, None)
    for known in own:
        names.add(known)
    return Classifier(names, AddressBook(catalog.vendors), model or load_model())


def _is_distinctive(known: KnownName) -> bool:
    """Return whether a prefix identifies its owner on any domain; a short one, or one with domains, doesn't."""
    return len(known.name) > MIN_PREFIX_LENGTH and not known.domains


def _common_answer(layer: str, entries: list[KnownName], name: str, host: str) -> Answer | None:
    """Return the answer as far as all `entries` agree, or None if their groups differ."""
    if len({known.group for known in entries}) != 1:
        return None
    first = entries[0]
    purposes = {known.purpose for known in entries}
    vendors = {known.vendor for known in entries}
    vendor = first.vendor if len(vendors) == 1 else ""
    what = {NAME_AND_DOMAIN: f"{first.name} ({host})", NAME: name, PATTERN: first.name}[layer]
    reason = _catalog_reason(what, first.sites, vendors)
    purpose = purposes.pop() if len(purposes) == 1 else None
    return Answer(first.group, purpose, layer, vendor, 0.0, reason, first.group)


def _catalog_reason(what: str, sites: int, vendors: Collection[str]) -> str:
    """Return the sentence about a catalog entry: which sites declared it, or else which vendors it belongs to."""
    if sites:
        return (
            translatable(f"The catalog lists {what}, as declared by a site.")
            if sites == 1
            else translatable(f"The catalog lists {what}, as declared by {sites} sites.")
        )
    if len(vendors) > 1:
        return translatable(f"The catalog lists {what} under {len(vendors)} vendors.")
    vendor = next(iter(vendors))
    return (
        translatable(f"The catalog lists {what} under {vendor}.")
        if vendor
        else translatable(f"The catalog lists {what} under several products.")
    )


def _declared_so(sites: int) -> str:
    return translatable("A site declared it so.") if sites == 1 else translatable(f"{sites} sites declared it so.")


def _declared_as(sites: int, group: str) -> str:
    return (
        translatable(f"A site declared it {group}.")
        if sites == 1
        else translatable(f"{sites} sites declared it {group}.")
    )


def _unknown_owner(host: str) -> str:
    return translatable(f"No owner of {host} is known.") if host else translatable("No owner of this address is known.")


def _by_user(decided: Decided, host: str) -> Answer:
    group, purpose = decided
    reason = (
        translatable(f"A user decided this for {host}.") if host else translatable("A user decided this for the site.")
    )
    return Answer(group, purpose, DECISION, "", 1.0, reason, group)


def _by_owner(owner: Owner, layer: str, reason: str) -> Answer:
    group = owner.group or UNCLASSIFIED
    return Answer(group, None, layer, owner.vendor or owner.name, GUESSED[ADDRESS], reason, group)
