"""Whom a publish would ask again, in numbers: from the counts of receipts and from what each answered config covered."""

from consent.dashboard.drafts import SiteState, config_document
from consent.dashboard.services import services
from consent.snapshots.asked_again import WINDOW_DAYS, AskedAgain, count_asked_again, keys_of
from consent.snapshots.compile import day_of_time
from consent.snapshots.preview import config_of
from consent.snapshots.publish import freeze
from consent.storage.answers import answers_since
from consent.storage.models import db
from consent.storage.sites import FoundSite


def asked_again(site: FoundSite, state: SiteState) -> AskedAgain:
    """Return whom a publish of the draft would ask again; nobody where nothing was published yet."""
    if state.live is None:
        return AskedAgain()
    rules, day = services().rules, day_of_time(services().now)
    new = freeze(state.draft, state.live, state.live["version"] + 1, services().artefacts)
    answers = answers_since(db.session, site.id, day - WINDOW_DAYS)
    documents = {name: config_document(name) for name in {answer.config for answer in answers}}
    keys = {name: keys_of(document) for name, document in documents.items() if document}
    return count_asked_again(answers, keys, config_of(state.live, site.id, rules), config_of(new, site.id, rules), day)
