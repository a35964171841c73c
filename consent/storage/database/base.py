"""SQLAlchemy declarative base of all tables, and the Flask extension that shares its metadata."""

from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, MetaData
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session

Transaction = Connection | Session | scoped_session[Any]
"""What queries run in. Functions of this package never commit a transaction passed to them."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base class of all models; subclassing it instead of `db.Model` avoids the tempting `Model.query`."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)
"""Provides `db.session` to views. Threads outside an app context use an engine from `engine.make_engine`."""
