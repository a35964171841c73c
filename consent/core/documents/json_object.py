"""Any JSON object."""

from collections.abc import Mapping

JsonObject = Mapping[str, object]
"""Any JSON object: one of which no field is known here."""
