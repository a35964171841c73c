"""The tables of alarms: what is wrong now, with what is still to be told of it, and what is over."""

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent.storage.base import Base


class Alarm(Base):
    """Something that is wrong since `since` (unix seconds), at most one of a kind and site; site 0 is the instance.

    `things` names what it tells of, as a list in JSON, None where that is not known. `news` grows with what joins it and
    when it comes back; `knows` has, as an object in JSON, how much each way was told, None where only `told` says whether
    anybody was. `ended_at` is set once it is over, and the row goes when all who know of it were told that too. The node
    that is telling it has claimed it at `claimed_at`.
    """

    __tablename__ = "alarm"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    since: Mapped[int] = mapped_column(BigInteger)
    sentence: Mapped[str] = mapped_column(Text)
    things: Mapped[str | None] = mapped_column(Text)
    told: Mapped[bool]
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    news: Mapped[int] = mapped_column(server_default="0")
    knows: Mapped[str | None] = mapped_column(Text)
    claimed_at: Mapped[int | None] = mapped_column(BigInteger)


class PastAlarm(Base):
    """An alarm that is over; times are unix seconds. The newest of a kind tells when it was there last."""

    __tablename__ = "past_alarm"

    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    since: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ended_at: Mapped[int] = mapped_column(BigInteger)
    sentence: Mapped[str] = mapped_column(Text)
