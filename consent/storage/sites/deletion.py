"""Delete a site: remove what only its operation needs, and keep evidence of the past until its retention ends."""

from sqlalchemy import delete, func, select, update

from consent.storage.database.base import Transaction
from consent.storage.database.notifications import notify_nodes
from consent.storage.tables.accounts import SiteGroupMember, SiteRole
from consent.storage.tables.api_tokens import ApiToken
from consent.storage.tables.delivery import Receiver
from consent.storage.tables.operations import Alarm, AlarmChannel
from consent.storage.tables.scans import (
    LanguageModelSuggestion,
    ReviewDecision,
    Scan,
    ScanFinding,
    ScanSchedule,
    Screenshot,
    SiteCheck,
)
from consent.storage.tables.sites import (
    ApprovalRequest,
    CodeApproval,
    CustomVendor,
    DraftComment,
    DraftEdit,
    DraftEditor,
    DraftImport,
    ScriptFetch,
    Site,
)
from consent.storage.tables.subjects import SubjectKey

GONE = "gone"
"""The state of a receiver that gets nothing anymore."""
OF_WORK = (
    *(ApprovalRequest, CodeApproval, CustomVendor, DraftComment, DraftEdit, DraftEditor, DraftImport, ScriptFetch),
    *(ScanFinding, ScanSchedule, Scan, SiteCheck, ReviewDecision, LanguageModelSuggestion),
    *(Alarm, AlarmChannel, SiteGroupMember, SiteRole),
)
"""Tables whose rows are deleted with their site: drafts, scans, alarms, groups, and users' roles."""


def delete_site(transaction: Transaction, site_id: int, draft: str, now: int) -> None:
    """Delete the site at `now`, replacing its draft with the JSON text `draft`; nothing is served for it anymore.

    Receipts, configs, the log, requests and marks stay; receipts are erased when their retention ends.
    """
    transaction.execute(
        delete(Screenshot).where(Screenshot.scan_id.in_(select(Scan.id).where(Scan.site_id == site_id)))
    )
    for table in OF_WORK:
        transaction.execute(delete(table).where(table.site_id == site_id))
    own = (
        ApiToken.site_id == site_id,
        ApiToken.revoked_at.is_(None),
        func.coalesce(ApiToken.additional_sites, "") == "",
    )
    transaction.execute(update(ApiToken).where(*own).values(revoked_at=now))
    transaction.execute(update(Receiver).where(Receiver.site_id == site_id).values(state=GONE, secret_sealed=None))
    live = (SubjectKey.site_id == site_id, SubjectKey.retired_at.is_(None))
    transaction.execute(update(SubjectKey).where(*live).values(retired_at=now, is_leaked=True))
    values = {"deleted_at": now, "live_config": None, "draft": draft, "prunes_automatically": True}
    transaction.execute(update(Site).where(Site.id == site_id).values(**values, draft_revision=Site.draft_revision + 1))
    notify_nodes(transaction)
