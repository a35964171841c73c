"""GET /api/v1/sites/<site>/receipts: the consent log by filters, newest first, in keyset pages."""

from typing import Any

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import find_site
from consent.storage import detached, receipts
from consent.storage.cursors import BadCursor
from consent.storage.filter_query import PAGING, FilterError, read_count, read_filters, read_limit
from consent.storage.rows import to_item


def answer_search(public: Public, request: Request, site: str) -> Answer:
    """Answer one page of receipts and the cursor of the next one, for a token of scope `receipts:read`.

    `detached` names the months among the times asked for that are not searched, where there are any.
    """
    config = find_site(public, site)
    public.tokens.check(request.header("Authorization") or "", "receipts:read", config.site_id)
    query = request.query
    try:
        filters = read_filters({name: value for name, value in query.items() if name not in PAGING})
        limit, counts = read_limit(query), read_count(query)
        asked = (config.site_id, filters, query.get("cursor") or None, limit)
        with public.reads.connect() as connection:
            found = receipts.search_and_count(connection, *asked) if counts else None
            page = found[0] if found else receipts.search(connection, *asked)
            away = detached.months(connection, config.site_id, filters.since, filters.until)
    except FilterError as error:
        raise ApiError(400, "bad_filter", "A filter cannot be used.", dict(error.fields)) from None
    except BadCursor:
        message = "The cursor is damaged or of another search."
        raise ApiError(400, "bad_cursor", message, {"cursor": message}) from None
    view: dict[str, Any] = {"items": [to_item(item) for item in page.items], "next": page.next}
    if found:
        view["count"] = {"number": found[1].number, "is_capped": found[1].is_capped}
    if away:
        view["detached"] = [month.name for month in away]
    return json_answer(view, 200, [("Cache-Control", "no-store")], request.header("Accept-Encoding") or "")
