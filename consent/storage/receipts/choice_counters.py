"""SQL for the choice counters: equal choices share one row per day and one per week.

It runs in the transaction that writes the receipts.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson

from consent.core.days import DAY_SECONDS
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.tables.statistics import SPANS, start_of

FROM_RECEIPT = {
    "site_id": "site_id",
    "span": "span",
    "day": f"time / {DAY_SECONDS} - (time / {DAY_SECONDS} + 3) % span",
    "config": "config",
    "country": "coalesce(country, '')",
    "subdivision": "coalesce(subdivision, '')",
    "regime": "regime",
    "language": "language",
    "variant": "variant",
    "action": "action",
    "method": "method",
    "choice": " || ".join(
        f"CASE WHEN {group} THEN '1' WHEN NOT {group} THEN '0' ELSE '-' END"
        for group in ("functional", "analytics", "advertising")
    ),
}
"""The key columns that a receipt contains, each as SQL over its row joined with `SPANNED`."""
SPANNED = f"(SELECT {' AS span UNION ALL SELECT '.join(map(str, SPANS))}) AS spans"
OF_VISIT = ("device", "is_bot", "arrival")
"""The key columns that it doesn't contain."""
KEY = (*FROM_RECEIPT, *OF_VISIT)
ON_CONFLICT = f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET count = choice_count.count + excluded.count"

# Sorted, so that two nodes counting the same choices wait for each other instead of deadlocking.
COUNT_NEW = f"""
INSERT INTO choice_count ({", ".join(KEY)}, count)
SELECT {", ".join((*FROM_RECEIPT.values(), *OF_VISIT))}, count(*) FROM new CROSS JOIN {SPANNED}
GROUP BY {", ".join(map(str, range(1, len(KEY) + 1)))} ORDER BY {", ".join(map(str, range(1, len(KEY) + 1)))}
{ON_CONFLICT}
"""  # noqa: S608 - only the names above
"""Counts the rows of `new`, which has the columns of receipts and of their visits; on PostgreSQL."""

COUNT_GIVEN = f"""
INSERT INTO choice_count ({", ".join(KEY)}, count)
SELECT {", ".join(f"value ->> {place}" for place in range(len(KEY) + 1))} FROM json_each(?) WHERE true
{ON_CONFLICT}
"""  # noqa: S608 - only the names above
"""Adds the rows of a JSON text from `counted`; on SQLite. The statement is the same for any number of rows."""

_CASTS = {"site_id": "::integer", "span": "::integer", "day": "::integer", "is_bot": "::boolean"}
COUNT_GIVEN_POSTGRES = f"""
INSERT INTO choice_count ({", ".join(KEY)}, count)
SELECT {", ".join(f"(value ->> {place}){_CASTS.get(name, '')}" for place, name in enumerate(KEY))},
sum((value ->> {len(KEY)})::bigint) FROM jsonb_array_elements(%s::jsonb) AS value
GROUP BY {", ".join(map(str, range(1, len(KEY) + 1)))} ORDER BY {", ".join(map(str, range(1, len(KEY) + 1)))}
{ON_CONFLICT}
"""  # noqa: S608 - only the names above
"""The same on PostgreSQL, where a statement can't update the same row twice."""


def choice_counts(receipts: Iterable[NewReceipt]) -> str:
    """Return the counts of equal choices among `receipts`, as JSON rows of key and count."""
    rows = [
        (site, span, start_of(day, span), *rest, count)
        for (site, day, *rest), count in Counter(map(_key, receipts)).items()
        for span in SPANS
    ]
    return orjson.dumps(rows).decode()


def _key(new: NewReceipt) -> tuple[Any, ...]:
    """Return the key of the daily count, without the span."""
    choice = _LETTERS[new.functional] + _LETTERS[new.analytics] + _LETTERS[new.advertising]
    place = (new.country or "", new.subdivision or "")
    circumstances = (new.regime, new.language, new.variant, new.action, new.method)
    return (
        new.site_id,
        new.time // DAY_SECONDS,
        new.config,
        *place,
        *circumstances,
        choice,
        new.device,
        new.is_bot,
        new.arrival,
    )


_LETTERS = {True: "1", False: "0", None: "-"}
