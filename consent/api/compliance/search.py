"""GET /api/v1/sites/<site>/receipts: search the consent log by filters, newest first, with keyset pagination."""

from typing import Any

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.site import find_site
from consent.storage.archive import detached_months
from consent.storage.receipts import receipts
from consent.storage.receipts.filter_params import PAGING, FilterError, read_count, read_filters, read_limit
from consent.storage.receipts.serializers import to_item
from consent.storage.selection.keyset_cursor import CursorError

SCOPE = "receipts:read"


def answer_search(context: ApiContext, request: Request, site: str) -> Answer:
    """Return one page of receipts and the cursor of the next, to a token of scope `receipts:read`.

    `detached` names the months within the period that aren't searched, if there are any.
    """
    config = find_site(context, site)
    context.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    query = request.query
    try:
        filters = read_filters({name: value for name, value in query.items() if name not in PAGING})
        limit, counts = read_limit(query), read_count(query)
        wanted = (config.site_id, filters, query.get("cursor") or None, limit)
        with context.reads.connect() as connection:
            counted = receipts.search_and_count(connection, *wanted) if counts else None
            page = counted[0] if counted else receipts.search(connection, *wanted)
            detached = detached_months.months(connection, config.site_id, filters.since, filters.until)
    except FilterError as error:
        raise ApiError(400, "invalid_filter", "A filter is invalid.", dict(error.fields)) from None
    except CursorError:
        message = "The cursor is invalid or belongs to another search."
        raise ApiError(400, "invalid_cursor", message, {"cursor": message}) from None
    view: dict[str, Any] = {"items": [to_item(item) for item in page.items], "next": page.next}
    if counted:
        view["count"] = {"number": counted[1].number, "is_capped": counted[1].is_capped}
    if detached:
        view["detached"] = [month.name for month in detached]
    return json_answer(view, 200, [NO_STORE], request.header("Accept-Encoding") or "")
