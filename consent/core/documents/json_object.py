"""Any JSON object."""

from collections.abc import Mapping

JsonObject = Mapping[str, object]
"""Any JSON object, with no known fields."""
