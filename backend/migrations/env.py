"""Alembic's entry: one transaction over one connection to the address that ``core/migrate.py`` hands over."""

from alembic import context
from sqlalchemy import create_engine, pool

url = context.config.attributes["database_url"].replace("postgresql://", "postgresql+psycopg://", 1)
engine = create_engine(url, poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
