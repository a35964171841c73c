"""What publishing a site of a group would do, without writing anything."""

from typing import NamedTuple

from consent.publishing.approval import approval_reasons, sentence
from consent.publishing.checks import errors_of
from consent.publishing.publish import Change, check_in_browser, differences, propose
from consent.publishing.services import PublishingServices
from consent.sites.draft import DraftError
from consent.sites.draft_validation import DraftProblem
from consent.storage.database.base import Transaction
from consent.storage.sites.sites import SiteRow


class ExpectedPublish(NamedTuple):
    """What publishing a draft would change for visitors, and the `problems` that prevent it.

    `version` is the one that would be live, or None if there are problems. `is_live` means that there is nothing to
    publish.
    """

    version: int | None
    changes: list[Change]
    problems: list[DraftProblem]
    is_live: bool = False


def expected_publish(transaction: Transaction, site: SiteRow, needs: PublishingServices) -> ExpectedPublish:
    """Return what publishing the draft of `site` without an approval would do now.

    It tests the draft in Chromium if a publish does, which takes seconds, during which nothing may be locked.
    """
    try:
        if needs.browser_checks.are_possible:
            check_in_browser(transaction, site, needs.rules, needs.artifacts, needs.guard, needs.browser_checks)
        proposal = propose(transaction, site, needs.rules, needs.artifacts, needs.guard)
    except DraftError as error:
        return ExpectedPublish(None, [], problems_of(error))
    if proposal.live and proposal.is_live:
        return ExpectedPublish(proposal.live["version"], [], [], is_live=True)
    problems = errors_of(proposal._replace(browser_checks=needs.browser_checks))
    if reasons := approval_reasons(transaction, site, proposal.draft, proposal.live, needs.guard):
        problems.append(DraftProblem("approval", sentence(reasons)))
    version = None if problems else proposal.document["version"]
    return ExpectedPublish(version, differences(proposal.draft, proposal.live), problems)


def problems_of(error: DraftError) -> list[DraftProblem]:
    """Return the problems of a draft that can't be saved or published."""
    return [DraftProblem(path, words) for path, words in error.fields.items()]
