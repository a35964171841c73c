"""The tables of what is counted over all processes; no row is of use to anybody once its `until`, unix seconds, has come."""

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base


class Attempt(Base):
    """When something secret was tried, such as the password of an account: `times` are unix seconds, separated by spaces.

    `name` is a keyed hash of account or address, another one each day.
    """

    __tablename__ = "attempt"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    times: Mapped[str] = mapped_column(Text)
    until: Mapped[int] = mapped_column(BigInteger)


class WriteCount(Base):
    """How often a network wrote in a minute, as one process counts; only of networks that write much.

    `name` is a keyed hash of network and minute.
    """

    __tablename__ = "write_count"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    process: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int]
    until: Mapped[int] = mapped_column(BigInteger)
