"""What a regulator asks for, of one site and one day, in one signed archive that opens offline."""

from consent.evidence.pack import Evidence, NothingInForce, Pack

__all__ = ["Evidence", "NothingInForce", "Pack"]
