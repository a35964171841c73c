"""What is missing before a site may take part in the Transparency and Consent Framework (TCF) of IAB Europe."""

from collections.abc import Iterator
from functools import cache

from consent.core.documents.config import Config, Draft
from consent.core.documents.tcf import TcfSettings
from consent.core.tcf.id_sets import read_ids
from consent.core.tcf.vendor_list import NO_INTEREST, VendorList
from consent.core.translatable import translatable
from consent.sites.draft_validation import DraftProblem
from consent.sites.vendor_lists.site_cut import CutSource, tcf_settings
from consent.web.static_files import static_folder

SCREENS = "tcf_screens.js"
"""The part of the script that shows purposes and vendors."""
POLICIES = "TCF Policies, chapter II"
MAX_NAMED = 5


def tcf_problems(draft: Draft, document: Config, source: CutSource) -> Iterator[DraftProblem]:
    """Find what prevents `draft` from being published with TCF; `document` is the config that it would become."""
    if not has_screens():
        yield DraftProblem(
            "overrides.sends",
            translatable("The banner of this release has no TCF screens, so TCF cannot be switched on."),
        )
    yield from _registration(tcf_settings(draft))
    if draft["overrides"].get("accounts"):
        yield DraftProblem(
            "overrides.accounts",
            translatable("TCF choices belong to one browser: turn off choices that follow the account."),
        )
    if source.kept is None:
        yield DraftProblem(
            "overrides.tcf.vendors",
            translatable(
                "There is no vendor list here: set CONSENT_GVL and run `consent gvl update`, or wait for the daily job."
            ),
        )
        return
    yield from _vendors(draft, document, source.kept.listed)
    yield from _restrictions(tcf_settings(draft), read_ids(document["tcf"]["disclosed"]))


@cache
def has_screens() -> bool:
    """Return whether the banner's build can show purposes and vendors."""
    return (static_folder() / "parts" / SCREENS).is_file()


def _registration(settings: TcfSettings) -> Iterator[DraftProblem]:
    if "cmp_id" not in settings:
        yield DraftProblem(
            "overrides.tcf.cmp_id",
            translatable(
                "TCF needs a CMP ID of your own, since a string without one is valid nowhere: register at iabeurope.eu "
                "as the operator of a consent management platform, and enter the ID."
            ),
            POLICIES,
        )
    if "cmp_version" not in settings:
        yield DraftProblem("overrides.tcf.cmp_version", translatable("Enter a version of your CMP, such as 1."))
    if "publisher_cc" not in settings:
        yield DraftProblem("overrides.tcf.publisher_cc", translatable("Enter the country of the site’s controller."))


def _vendors(draft: Draft, document: Config, listed: VendorList) -> Iterator[DraftProblem]:
    settings, version = tcf_settings(draft), listed.version
    if unknown := sorted(set(settings.get("vendors", [])) - listed.vendors.keys()):
        yield DraftProblem(
            "overrides.tcf.vendors",
            translatable(f"Version {version} of the vendor list has no entry for {_named(unknown)}: remove it."),
        )
    for number, tag in enumerate(draft["tags"]):
        one = tag.get("gvl_id")
        if one is not None and one not in listed.vendors:
            yield DraftProblem(
                f"tags.{number}.gvl_id",
                translatable(f"Version {version} of the vendor list has no entry for the ID {one} of {tag['name']}."),
            )
    if not document["tcf"]["disclosed"]:
        yield DraftProblem(
            "overrides.tcf.vendors", translatable("Select the vendors from the list that your pages work with.")
        )


def _restrictions(settings: TcfSettings, disclosed: frozenset[int]) -> Iterator[DraftProblem]:
    known: set[tuple[int, int]] = set()
    for number, one in enumerate(settings.get("restrictions", [])):
        path = f"overrides.tcf.restrictions.{number}"
        if one["type"] == "require_interest" and one["purpose"] in NO_INTEREST:
            yield DraftProblem(
                path, translatable(f"Purpose {one['purpose']} has no legitimate interest."), "TCF Policies, appendix A"
            )
        if strange := sorted(set(one["vendors"]) - disclosed):
            yield DraftProblem(
                path, translatable(f"Only vendors of this site can be restricted, and {_named(strange)} is not one.")
            )
        pairs = {(one["purpose"], vendor) for vendor in one["vendors"]}
        if twice := known & pairs:
            purpose, vendor = min(twice)
            yield DraftProblem(path, translatable(f"Vendor {vendor} is restricted twice for purpose {purpose}."))
        known |= pairs
    google = [one["id"] for one in settings.get("google_providers", [])]
    if len(set(google)) < len(google):
        yield DraftProblem("overrides.tcf.google_providers", translatable("A Google provider is listed twice."))


def _named(ids: list[int]) -> str:
    more = len(ids) - MAX_NAMED
    return ", ".join(map(str, ids[:MAX_NAMED])) + (f" and {more} more" if more > 0 else "")
