"""Publish checks: one list for every way to publish and for previewing the results.

A check is a function that takes a `Proposal` and yields problems; to add one, add it to `CHECKS`. Drafts have passed
`check_draft` before, so their format is valid. Slow checks have already run (`BrowserChecks.run`).
"""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from consent.core.documents.config import Config, Draft
from consent.core.gpp.mapping import gpp_site
from consent.core.rules import Rules
from consent.core.translatable import translatable
from consent.publishing.account_groups import group_problems
from consent.publishing.browser_check import UNCHECKED, BrowserChecks
from consent.publishing.code_approvals import approvals_of, code_problems
from consent.publishing.golden_cases import golden_errors
from consent.publishing.preview import config_of
from consent.publishing.tcf_checks import tcf_problems
from consent.publishing.text_checks import text_errors, unconfirmed, unconfirmed_sentence
from consent.publishing.theme_checks import theme_errors
from consent.runtime.compiled_config import CompiledConfig
from consent.sites.custom.code import CodeGuard
from consent.sites.custom.rules import laxer_rules
from consent.sites.draft import missing_controller_facts
from consent.sites.draft_validation import DraftProblem
from consent.sites.experiments.variants import CONTROL, variant_draft, what_visitors_see
from consent.sites.open_leaks import gate_sentence
from consent.sites.vendor_lists.site_cut import SWITCH as TCF_SWITCH
from consent.sites.vendor_lists.site_cut import CutSource
from consent.storage.database.base import Transaction
from consent.storage.sites import configs, sites
from consent.storage.sites.sites import SiteRow


class Proposal(NamedTuple):
    """A draft to be published: `document` is the config that it would become, `live` the current one or None.

    `is_known` means that the same content was live before; `browser_checks` has the results of testing drafts in a
    browser.
    """

    site: SiteRow
    draft: Draft
    document: Config
    live: Config | None
    rules: Rules
    guard: CodeGuard
    transaction: Transaction
    is_known: bool = False
    browser_checks: BrowserChecks = UNCHECKED
    tcf: CutSource | None = None
    """The source of the vendors of a draft with TCF, None for other drafts."""

    @property
    def is_live(self) -> bool:
        """Return whether visitors already get the same, apart from the version number."""
        return self.live is not None and {**self.document, "version": self.live["version"]} == self.live

    @property
    def config(self) -> CompiledConfig:
        """Return the compiled config that the draft would become."""
        return config_of(self.document, self.site.id, self.rules)


Check = Callable[[Proposal], Iterator[DraftProblem]]


def controller_facts(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find missing facts about the controller that visitors must be told."""
    for fact in missing_controller_facts(proposal.draft):
        yield DraftProblem(f"controller.{fact}", translatable("Required before publishing."), "GDPR art. 13")


def confirmed_languages(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find languages whose texts nobody has read."""
    if unread := unconfirmed(proposal.draft, proposal.live):
        yield DraftProblem("texts.confirmed", unconfirmed_sentence(unread))


def theme(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find unreadable colors, and a Reject button that isn't equal to Accept."""
    yield from theme_errors(proposal.draft["look"], proposal.rules)
    logo = proposal.draft["look"].get("logo")
    if logo and configs.get_artifact(proposal.transaction, f"sha256:{logo['sha256']}") is None:
        yield DraftProblem("look.logo", translatable("The logo is not kept here; upload it again."))


def custom_texts(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find custom texts that omit what a law requires."""
    yield from text_errors(proposal.draft)


def variants(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find variants that are less fair or readable than a banner may be, or that don't differ from it."""
    for number in range(1, len(proposal.draft["variants"])):
        yield from variant_problems(proposal.draft, number, proposal.rules)


def variant_problems(draft: Draft, number: int, rules: Rules) -> Iterator[DraftProblem]:
    """Yield what prevents variant `number` of `draft` from being published.

    Each variant must pass what the banner itself must: nobody may draw a banner that couldn't be published alone.
    """
    variant = draft["variants"][number]
    varied, name = variant_draft(draft, variant), variant["id"].upper()
    if sentence := copy_sentence(draft, number):
        yield DraftProblem(f"variants.{number}", translatable(f"Variant {name}: {sentence}"))
    known = {problem.sentence for problem in banner_problems(draft, rules)}
    for path, sentence, rule in banner_problems(varied, rules):
        if sentence not in known:
            yield DraftProblem(f"variants.{number}.{path}", translatable(f"Variant {name}: {sentence}"), rule)


def copy_sentence(draft: Draft, number: int) -> str | None:
    """Return that variant `number` looks like the banner or an earlier variant, or None if visitors see a difference."""
    seen = what_visitors_see(variant_draft(draft, draft["variants"][number]))
    for other in draft["variants"][:number]:
        if what_visitors_see(variant_draft(draft, other)) == seen:
            if other["id"] == CONTROL:
                return translatable("This variant does not differ from the banner.")
            twin = other["id"].upper()
            return translatable(f"This variant does not differ from variant {twin}.")
    return None


def banner_problems(draft: Draft, rules: Rules) -> list[DraftProblem]:
    """Return what makes the banner of `draft` unfair or unreadable, without its variants."""
    return [*theme_errors(draft["look"], rules), *text_errors(draft)]


def custom_rules(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find custom rules that would require less than the law."""
    yield from laxer_rules(proposal.draft["overrides"].get("rules", []), proposal.rules)


def gpp_statements(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find what the owner must state about the site before GPP strings pass it on to ad companies."""
    site, overrides = gpp_site(proposal.draft), proposal.draft["overrides"]
    if site is None:
        return
    if "opt_out_notice" not in site.settings:
        yield DraftProblem(
            "overrides.gpp",
            translatable(
                "Say under Settings whether your pages give the notice of the right to opt out: GPP "
                "passes it on to ad companies."
            ),
        )
    if site.settings["sensitive"] and not (overrides["sensitive"] or overrides["sensitive_paths"]):
        yield DraftProblem(
            "overrides.gpp.sensitive",
            translatable(
                "GPP lists sensitive data: mark the pages that it comes from as sensitive under Rules, or select none."
            ),
        )


def tcf_statements(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find what is missing before a site may take part in the Transparency and Consent Framework."""
    if proposal.tcf is not None:
        yield from tcf_problems(proposal.draft, proposal.document, proposal.tcf)


def shared_choices(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find sites that share choices with this one but have another controller; sites that aren't live don't share yet."""
    handover = proposal.draft["overrides"].get("handover")
    for key in handover["sites"] if handover else ():
        other = sites.by_key(proposal.transaction, key)
        document = configs.get_document(proposal.transaction, other.live_config) if other else None
        if document and document["controller"]["name"] != proposal.draft["controller"]["name"]:
            yield DraftProblem(
                "overrides.handover",
                f"{key} has another controller than this site: choices are shared by the domains of one controller.",
                "GDPR art. 4(7)",
            )


def shared_accounts(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find what prevents the site's accounts from being shared with other sites."""
    yield from group_problems(proposal.transaction, proposal.site, proposal.draft)


def golden_cases(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find tags that would run for a visitor against the law, whatever was imported."""
    yield from golden_errors(proposal.config)


def executable_code(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find code that no admin has approved, and consent calls that aren't the catalog's."""
    approvals = approvals_of(proposal.transaction, proposal.site, proposal.guard)
    for path, sentence in code_problems(proposal.draft, proposal.live, approvals, proposal.guard):
        yield DraftProblem(path, sentence)


def open_leaks(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find open leaks that block drafts; a version that was live before may be restored."""
    if not proposal.is_known and (sentence := gate_sentence(proposal.transaction, proposal.site.id)):
        yield DraftProblem("scan.leaks", sentence)


def own_layer(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find what prevents the site's pages from drawing its layers themselves."""
    overrides = proposal.draft["overrides"]
    if "headless" not in overrides or proposal.is_known:
        return
    if TCF_SWITCH in overrides.get("sends", []):
        yield DraftProblem(
            "overrides.headless",
            translatable("TCF prescribes what its layers show: let this service draw them, or switch TCF off."),
        )
    if overrides.get("accounts"):
        yield DraftProblem(
            "overrides.headless",
            translatable(
                "Choices that follow who is signed in need the banner of this service: let it draw the layers, "
                "or turn them off."
            ),
        )
    if not proposal.browser_checks.are_possible:
        yield DraftProblem(
            "overrides.headless",
            translatable(
                "Your own layers can be published only after Chromium has checked them. No browser "
                "is installed here, or CONSENT_BROWSER_CHECK is off."
            ),
        )


def browser_check(proposal: Proposal) -> Iterator[DraftProblem]:
    """Find errors that the banner throws in Chromium, if it was tested."""
    if proposal.browser_checks.are_possible and (thrown := proposal.browser_checks.errors(proposal.config)):
        if proposal.config.is_headless:
            words = translatable(f"The layers of your page fail in Chromium. {'; '.join(thrown)}.")
            yield DraftProblem("overrides.headless", words)
        else:
            words = translatable(f"The banner of this draft fails in Chromium. {'; '.join(thrown)}.")
            yield DraftProblem("browser_check.banner", words)


CHECKS: tuple[Check, ...] = (
    controller_facts,
    confirmed_languages,
    theme,
    custom_texts,
    variants,
    custom_rules,
    gpp_statements,
    tcf_statements,
    shared_choices,
    shared_accounts,
    golden_cases,
    executable_code,
    open_leaks,
    own_layer,
    browser_check,
)


def errors_of(proposal: Proposal, without: Collection[Check] = ()) -> list[DraftProblem]:
    """Return everything that prevents the draft from being published, in the order of the checks, except `without`."""
    return [problem for check in CHECKS if check not in without for problem in check(proposal)]


def by_path(problems: list[DraftProblem]) -> dict[str, str]:
    """Return the first problem of each field, in words."""
    fields: dict[str, str] = {}
    for problem in problems:
        fields.setdefault(problem.path, problem.words)
    return fields
