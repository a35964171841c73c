"""Plain implementation of recording a choice, for comparison: Flask, marshmallow, one ORM commit per request.

It signs nothing and builds no log; its table is as wide as ours, and as durable.
"""

import os
import secrets
import time
from typing import Any

from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from marshmallow import Schema, fields, validate
from sqlalchemy import BigInteger, LargeBinary, String, Text, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

DATABASE = "BENCH_PLAIN_DATABASE"
"""The environment variable with the SQLAlchemy URL."""


class Base(DeclarativeBase):
    """The declarative base of the one table."""


db = SQLAlchemy(model_class=Base)


class Choice(Base):
    """One choice: the columns of our receipt, with its two indexes and the unique key."""

    __tablename__ = "choice"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    time: Mapped[int] = mapped_column(BigInteger, index=True)
    site: Mapped[str] = mapped_column(String, index=True)
    config: Mapped[str] = mapped_column(String)
    action: Mapped[str] = mapped_column(String)
    method: Mapped[str] = mapped_column(String)
    functional: Mapped[bool | None]
    analytics: Mapped[bool | None]
    advertising: Mapped[bool | None]
    vendors: Mapped[str] = mapped_column(Text)
    layer: Mapped[int]
    conflict_shown: Mapped[bool]
    age_band: Mapped[str] = mapped_column(String)
    keep_proof: Mapped[bool]
    chosen_at: Mapped[str | None] = mapped_column(String)
    country: Mapped[str | None] = mapped_column(String)
    subdivision: Mapped[str | None] = mapped_column(String)
    regime: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String)
    variant: Mapped[str] = mapped_column(String)
    gpc: Mapped[bool]
    dnt: Mapped[bool]
    expires: Mapped[int | None] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    statement: Mapped[str] = mapped_column(Text)


class ChoicesSchema(Schema):
    """The groups."""

    functional = fields.Boolean()
    analytics = fields.Boolean()
    advertising = fields.Boolean()


class ChoiceSchema(Schema):
    """The body that our own endpoint accepts."""

    key = fields.String(required=True, validate=validate.Regexp(r"\A[0-9a-f]{32}\Z"))
    config = fields.String(required=True, validate=validate.Length(71, 71))
    token = fields.String(required=True, validate=validate.Length(1, 1000))
    action = fields.String(required=True, validate=validate.OneOf(["accept_all", "reject_all", "save", "withdraw"]))
    method = fields.String(required=True, validate=validate.OneOf(["click", "gpc", "dnt"]))
    choices = fields.Nested(ChoicesSchema, required=True)
    vendors = fields.Dict(keys=fields.String(), values=fields.Boolean(), load_default=dict)
    layer = fields.Integer(load_default=1)
    conflict_shown = fields.Boolean(load_default=False)
    age_band = fields.String(load_default="unknown")
    keep_proof = fields.Boolean(load_default=False)
    chosen_at = fields.String(load_default=None, allow_none=True)


def create_plain() -> Flask:
    """Create the app and its table on the database named in the environment."""
    app = Flask("plain")
    url = os.environ[DATABASE]
    options: dict[str, Any] = {"pool_size": 8, "max_overflow": 24, "pool_timeout": 30}
    if url.startswith("sqlite"):
        options["connect_args"] = {"timeout": 30}
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=options)
    db.init_app(app)
    with app.app_context():
        if url.startswith("sqlite"):
            event.listen(db.engine, "connect", _set_durable)
        db.create_all()
    schema = ChoiceSchema()

    @app.post("/api/v1/sites/<site>/receipts")
    def record(site: str) -> Any:
        choice = _row(site, schema.load(request.get_json()))
        db.session.add(choice)
        db.session.commit()
        return jsonify({"id": choice.id, "receipt": choice.statement, "decision": {}}), 201

    return app


def _row(site: str, asked: dict[str, Any]) -> Choice:
    asked.pop("token")
    choices = asked.pop("choices")
    now = int(time.time())
    return Choice(
        id=secrets.token_hex(16),
        time=now,
        site=site,
        **asked | {"vendors": str(asked["vendors"])},
        **{group: choices.get(group) for group in ("functional", "analytics", "advertising")},
        country="DE",
        subdivision=None,
        regime="eu_opt_in",
        language="en",
        variant="a",
        gpc=False,
        dnt=False,
        expires=now + 34_000_000,
        hash=secrets.token_bytes(32),
        statement="x" * 1500,
    )


def _set_durable(connection: Any, _record: object) -> None:
    for pragma in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"):
        connection.execute(pragma)
