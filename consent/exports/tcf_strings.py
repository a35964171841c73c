"""TC strings of receipts, for exports of a site that takes part in the TCF."""

from consent.core.receipt import TcfClaims
from consent.exports.claims_view import claims_of
from consent.storage.receipts.export_rows import ExportRow


def tcf_of(row: ExportRow) -> TcfClaims | None:
    """Return the TCF claims of a row's receipt, including its strings, or None if erased."""
    return None if row.erased else claims_of(row.jws).get("tcf")
