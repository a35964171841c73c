"""What a site's settings say of its groups: which of their values differ from the group's, and what those are."""

from typing import NamedTuple

from consent.core.documents.config import Draft
from consent.dashboard.frame.change_descriptions import Line, readable
from consent.dashboard.frame.locale import Labels
from consent.publishing import site_groups as groups
from consent.storage.accounts import site_groups
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

SECTION_WORDS = Labels(
    {
        "controller": "Who is responsible",
        "look": "Look of the banner",
        "texts": "Texts and languages",
        "overrides": "Legal settings",
        "vendors": "Vendors on or off",
    }
)


class GroupNote(NamedTuple):
    """A group that shares settings: `lines` say what the site has and, behind it, what the group has.

    `apart` are the sections in which it differs on purpose.
    """

    name: str
    sections: list[str]
    lines: list[Line]
    apart: list[str]


def group_notes(site: SiteRow, draft: Draft) -> list[GroupNote]:
    """Return the groups of the site that share settings, with what differs in its draft."""
    notes = []
    for name, ids in site_groups.every(db.session).items():
        settings = groups.settings_of(site_groups.shared(db.session, name)) if site.id in ids else {}
        if shared := groups.sections_of(settings):
            differs = groups.differing(draft, settings)
            lines = readable(groups.group_differences(draft, settings, differs))
            apart = [section for section in groups.apart_of(settings, site.key) if section in differs]
            notes.append(GroupNote(name, shared, lines, apart))
    return notes
