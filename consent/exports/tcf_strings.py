"""The TC strings that receipts carry, for files of a site that takes part in the framework."""

from consent.core.receipt import TcfClaims
from consent.exports.claims_view import claims_of
from consent.storage.receipts.export_rows import ExportRow


def tcf_of(row: ExportRow) -> TcfClaims | None:
    """Return what the receipt of a row says of the framework, with its strings; None of an erased one."""
    return None if row.erased else claims_of(row.jws).get("tcf")
