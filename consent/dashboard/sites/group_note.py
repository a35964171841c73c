"""Notes on a site's settings page about its groups: which values differ from the group's, and how."""

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
    """A group that shares settings: `lines` have the site's value followed by the group's.

    `apart` are the sections in which the site differs on purpose.
    """

    name: str
    sections: list[str]
    lines: list[Line]
    apart: list[str]


def group_notes(site: SiteRow, draft: Draft) -> list[GroupNote]:
    """Return the site's groups that share settings, with the differences in its draft."""
    notes = []
    for name, ids in site_groups.every(db.session).items():
        settings = groups.settings_of(site_groups.shared(db.session, name)) if site.id in ids else {}
        if shared := groups.sections_of(settings):
            differs = groups.differing(draft, settings)
            lines = readable(groups.group_differences(draft, settings, differs))
            apart = [section for section in groups.exempt_sections(settings, site.key) if section in differs]
            notes.append(GroupNote(name, shared, lines, apart))
    return notes
