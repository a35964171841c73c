"""Tables as SQLAlchemy models."""
