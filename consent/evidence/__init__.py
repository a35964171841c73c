"""Evidence pack for a regulator: one site, one day, in a signed archive that opens offline."""

from consent.evidence.pack import Evidence, NotPublishedError, Pack

__all__ = ["Evidence", "NotPublishedError", "Pack"]
