"""Alembic migrations: the truth about the tables."""
