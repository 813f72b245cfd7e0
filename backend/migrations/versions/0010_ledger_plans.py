"""The planner knows that an account has many transactions, however new its statistics are.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# After the first grants every account has one transaction, so each index that begins with the account looks as good
# as the unique key: a hold then walked all transactions of its account. With this, the key always wins.
MANY = """
ALTER TABLE credit_transactions ALTER COLUMN user_id SET (n_distinct = -0.01);
ANALYZE credit_transactions (user_id);
"""


def upgrade() -> None:
    """Tell the planner."""
    op.execute(MANY)


def downgrade() -> None:
    """Let it count by itself again."""
    op.execute("ALTER TABLE credit_transactions ALTER COLUMN user_id RESET (n_distinct)")
