"""Access to sites and drafts for tokens of the configuration scopes."""

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.log.audit_author import AuditActor, Author
from consent.storage.accounts import api_tokens
from consent.storage.sites.sites import Draft, SiteRow

READ, WRITE = "config:read", "config:write"
NO_STORE = [("Cache-Control", "no-store")]


def author_of(context: ApiContext, request: Request, site: SiteRow) -> Author:
    """Return the token as the author of audit entries."""
    token = context.tokens.check(request.header("Authorization") or "", WRITE, site.id)
    return Author(AuditActor(api_tokens.audit_id_of(token.hash), "token", token.label), context.keys.receipt)


def etag_of(draft: Draft) -> str:
    """Return the entity tag of a draft; each save changes it."""
    return f'"draft-{draft.revision}"'


def check_etag(request: Request, draft: Draft) -> None:
    """Raise ApiError unless the If-Match header names the current draft (RFC 9110, 13.1.1, RFC 6585, 3)."""
    named = request.header("If-Match")
    if not named:
        message = "Send the ETag of the draft that you have read as If-Match."
        raise ApiError(428, "etag_required", message)
    if named != etag_of(draft):
        raise ApiError(412, "stale_draft", "Someone changed the draft since you read it; nothing was written.")
