"""What a draft must pass before it is published: one list, for every way to publish and for the page that shows it before.

A check is a function that takes a `Proposal` and yields faults; one more check is one more line of `CHECKS`. A draft comes
here after `check_draft`, so its form can be trusted. What takes longer than a look has run before (`Trials.run`).
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from consent.core.rules import Rules
from consent.snapshots.compile import CompiledConfig
from consent.snapshots.confirm import unconfirmed, unconfirmed_sentence
from consent.snapshots.draft import Draft, missing_controller_facts
from consent.snapshots.fault import Fault
from consent.snapshots.golden_cases import golden_faults
from consent.snapshots.leaks import gate_sentence
from consent.snapshots.look_checks import look_faults
from consent.snapshots.own_rules import laxer_rules
from consent.snapshots.preview import config_of
from consent.snapshots.text_checks import text_faults
from consent.snapshots.trial import UNTRIED, Trials
from consent.storage import configs
from consent.storage.base import Transaction
from consent.storage.sites import FoundSite


class Proposal(NamedTuple):
    """A draft on its way to be published: `document` is the config that it would become, `live` the one of now or None.

    `is_known` says that the same content was live before, `trials` what came of trying drafts in a browser.
    """

    site: FoundSite
    draft: Draft
    document: dict[str, Any]
    live: dict[str, Any] | None
    rules: Rules
    transaction: Transaction
    is_known: bool = False
    trials: Trials = UNTRIED

    @property
    def is_live(self) -> bool:
        """Tell whether visitors get the same already, up to the number of its version."""
        return self.live is not None and {**self.document, "version": self.live["version"]} == self.live

    @property
    def config(self) -> CompiledConfig:
        """Return the config that the draft would become, compiled."""
        return config_of(self.document, self.site.id, self.rules)


Check = Callable[[Proposal], Iterator[Fault]]


def controller_facts(proposal: Proposal) -> Iterator[Fault]:
    """Find facts of the controller that visitors must be told and that are missing."""
    for fact in missing_controller_facts(proposal.draft):
        yield Fault(f"controller.{fact}", "This must be filled before a publish.", "GDPR art. 13")


def confirmed_languages(proposal: Proposal) -> Iterator[Fault]:
    """Find languages whose texts nobody has read."""
    if doubtful := unconfirmed(proposal.draft, proposal.live):
        yield Fault("texts.confirmed", unconfirmed_sentence(doubtful))


def look(proposal: Proposal) -> Iterator[Fault]:
    """Find colours that cannot be read, and a Reject that is not the equal of Accept."""
    yield from look_faults(proposal.draft["look"], proposal.rules)
    logo = proposal.draft["look"].get("logo")
    if logo and configs.get_artefact(proposal.transaction, f"sha256:{logo['sha256']}") is None:
        yield Fault("look.logo", "The logo is not kept here; upload it again.")


def own_texts(proposal: Proposal) -> Iterator[Fault]:
    """Find texts of the owner's own that leave out what a law wants said."""
    yield from text_faults(proposal.draft)


def own_rules(proposal: Proposal) -> Iterator[Fault]:
    """Find rules of the site's own that would ask for less than the law."""
    yield from laxer_rules(proposal.draft["overrides"], proposal.rules)


def golden_cases(proposal: Proposal) -> Iterator[Fault]:
    """Find visitors who would get what the law holds: none by the settings that there are, whatever is imported."""
    yield from golden_faults(proposal.config)


def open_leaks(proposal: Proposal) -> Iterator[Fault]:
    """Find open leaks that hold drafts back; a version that was live is what one goes back to."""
    if not proposal.is_known and (sentence := gate_sentence(proposal.transaction, proposal.site.id)):
        yield Fault("scan.leaks", sentence)


def trial(proposal: Proposal) -> Iterator[Fault]:
    """Find what the banner throws in Chromium, where it was tried."""
    if proposal.trials.are_possible and (thrown := proposal.trials.faults(proposal.config)):
        yield Fault("trial.banner", f"The banner of this draft fails in Chromium. {'; '.join(thrown)}.")


CHECKS: tuple[Check, ...] = (
    controller_facts,
    confirmed_languages,
    look,
    own_texts,
    own_rules,
    golden_cases,
    open_leaks,
    trial,
)


def faults_of(proposal: Proposal) -> list[Fault]:
    """Return all that keeps the draft from being published, in the order of the checks."""
    return [fault for check in CHECKS for fault in check(proposal)]


def by_path(faults: list[Fault]) -> dict[str, str]:
    """Return the first fault of each field in words."""
    fields: dict[str, str] = {}
    for fault in faults:
        fields.setdefault(fault.path, fault.words)
    return fields
