"""GET /api/v1/sites/<site>/receipts: the consent log by filters, newest first, in keyset pages."""

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import find_site
from consent.storage import receipts
from consent.storage.cursors import BadCursor
from consent.storage.filter_query import FilterError, read_filters, read_limit
from consent.storage.rows import to_item


def answer_search(public: Public, request: Request, site: str) -> Answer:
    """Answer one page of receipts and the cursor of the next one, for a token of scope `receipts:read`."""
    config = find_site(public, site)
    public.tokens.check(request.header("Authorization") or "", "receipts:read", config.site_id)
    query = request.query
    try:
        filters, limit = read_filters(query), read_limit(query)
        with public.engine.connect() as connection:
            page = receipts.search(connection, config.site_id, filters, query.get("cursor") or None, limit)
    except FilterError as error:
        raise ApiError(400, "bad_filter", "A filter cannot be used.", dict(error.fields)) from None
    except BadCursor:
        message = "The cursor is damaged or of another search."
        raise ApiError(400, "bad_cursor", message, {"cursor": message}) from None
    view = {"items": [to_item(found) for found in page.items], "next": page.next}
    return json_answer(view, 200, [("Cache-Control", "no-store")], request.header("Accept-Encoding") or "")
