"""Whom a publish would ask again, in numbers: from the counts of receipts and from what each answered config covered."""

from consent.dashboard.drafts import SiteState, config_document
from consent.dashboard.services import services
from consent.snapshots.asked_again import WINDOW_DAYS, AskedAgain, count_asked_again, keys_of
from consent.snapshots.compile import day_of_time
from consent.snapshots.draft_config import draft_config, live_config
from consent.storage.answers import answers_since
from consent.storage.models import db
from consent.storage.sites import FoundSite


def asked_again(site: FoundSite, state: SiteState) -> AskedAgain:
    """Return whom a publish of the draft would ask again; nobody where nothing was published yet."""
    given = services()
    live = live_config(site.live_config, state.body, site.id, given.rules)
    if live is None:
        return AskedAgain()
    day = day_of_time(given.now)
    answers = answers_since(db.session, site.id, day - WINDOW_DAYS)
    documents = {name: config_document(name) for name in {answer.config for answer in answers}}
    keys = {name: keys_of(document) for name, document in documents.items() if document}
    new = draft_config(state.text, state.body, given.artefacts, site.id, given.rules)
    return count_asked_again(answers, keys, live, new, day)
