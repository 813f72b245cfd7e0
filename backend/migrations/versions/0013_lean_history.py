"""The history that a model is given is built as text: no jsonb is made of it, copied and written out again.

With 200 messages before a question that was most of the time from Enter to the provider. begin_turn stays as it is
otherwise; its result has another type, so it is made anew from its own definition.

Revision ID: 0013
Revises: 0012
"""

from alembic import op
from sqlalchemy import text

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DEFINITION = text("SELECT pg_get_functiondef('begin_turn'::regproc)")
CHANGES = (
    ("history jsonb", "history json"),
    (
        "prompt.history := prompt.history || jsonb_build_object('role', 'user', 'content', p_content);",
        "prompt.history := left(prompt.history::text, -1) || CASE WHEN prompt.messages > 0 THEN ',' ELSE '' END"
        " || json_build_object('role', 'user', 'content', p_content) || ']';",
    ),
)

# The messages that lead to p_message, oldest first (at most p_messages of them and p_chars characters, the newest
# win), and how many bytes and messages that is.
TURN_PROMPT = """
CREATE FUNCTION turn_prompt(p_message uuid, p_messages integer, p_chars integer)
RETURNS TABLE (history json, bytes bigint, messages bigint) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE thread AS (
        SELECT m.parent_id, m.role, m.content, 1 AS depth, length(m.content)::bigint AS chars
        FROM messages m WHERE m.id = p_message
        UNION ALL
        SELECT m.parent_id, m.role, m.content, t.depth + 1, t.chars + length(m.content)
        FROM thread t JOIN messages m ON m.id = t.parent_id
        WHERE t.depth < p_messages AND t.chars < p_chars
    )
    SELECT coalesce(json_agg(json_build_object('role', role, 'content', content) ORDER BY depth DESC), '[]'),
           coalesce(sum(octet_length(content)), 0), count(*)
    FROM thread WHERE content <> '' AND (depth = 1 OR chars <= p_chars)
$$;
"""


def upgrade() -> None:
    """Make both functions anew."""
    definition = op.get_bind().execute(DEFINITION).scalar_one()
    for old, new in CHANGES:
        if definition.count(old) != 1:
            raise RuntimeError(f"begin_turn does not say what is to be replaced: {old}")
        definition = definition.replace(old, new)
    op.execute("DROP FUNCTION begin_turn")
    op.execute("DROP FUNCTION turn_prompt")
    op.execute(TURN_PROMPT)
    op.get_bind().exec_driver_sql(definition.replace("%", "%%"))


def downgrade() -> None:
    """Money is not thrown away by a command."""
    raise NotImplementedError("the ledger is removed by hand")
