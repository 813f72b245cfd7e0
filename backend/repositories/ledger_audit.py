"""The ledger looked at from outside: every sum, chain and computation that must hold, as one query each."""

from collections.abc import Collection
from dataclasses import dataclass

import psycopg

FAULTS_SHOWN_MAX = 10

# Each query returns what breaks a rule: the row's name and what is wrong with it. %(free)s: situations without charge.
RULES = {
    "a balance is the sum of its entries": """
        SELECT 'account ' || a.user_id, format('balance %%s, entries %%s', a.balance_mc, coalesce(sum(e.amount_mc), 0))
        FROM credit_accounts a LEFT JOIN credit_entries e USING (user_id)
        GROUP BY a.user_id HAVING a.balance_mc <> coalesce(sum(e.amount_mc), 0)
    """,
    "what is held is the sum of the open holds": """
        SELECT 'account ' || a.user_id, format('held %%s, open holds %%s', a.held_mc, coalesce(sum(t.held_mc), 0))
        FROM credit_accounts a LEFT JOIN credit_transactions t ON t.user_id = a.user_id AND t.state = 'held'
        GROUP BY a.user_id HAVING a.held_mc <> coalesce(sum(t.held_mc), 0)
    """,
    "entries are numbered without gaps": """
        SELECT 'account ' || a.user_id, format('last %%s, entries %%s', a.last_seq, count(e.seq))
        FROM credit_accounts a LEFT JOIN credit_entries e USING (user_id)
        GROUP BY a.user_id HAVING a.last_seq <> count(e.seq) OR a.last_seq <> coalesce(max(e.seq), 0)
    """,
    "each entry follows from the one before": """
        SELECT 'entry ' || user_id || '/' || seq, format('balance %%s, held %%s', balance_after_mc, held_after_mc)
        FROM (SELECT *, sum(amount_mc) OVER chain AS balance, sum(held_change_mc) OVER chain AS held
              FROM credit_entries WINDOW chain AS (PARTITION BY user_id ORDER BY seq)) AS e
        WHERE balance_after_mc <> balance OR held_after_mc <> held
    """,
    "a transaction has the entries of its state": """
        SELECT 'transaction ' || t.id, format('%%s, %%s, held %%s, amount %%s', t.kind, t.state, t.held_mc, t.amount_mc)
        FROM credit_transactions t LEFT JOIN credit_entries e ON e.transaction_id = t.id
        GROUP BY t.id
        HAVING count(*) FILTER (WHERE e.step = 'hold') <> (t.kind = 'charge')::integer
            OR count(*) FILTER (WHERE e.step <> 'hold') <> (t.state <> 'held')::integer
            OR coalesce(sum(e.amount_mc), 0) <> t.amount_mc
            OR coalesce(sum(e.held_change_mc), 0) <> CASE WHEN t.state = 'held' THEN t.held_mc ELSE 0 END
    """,
    "a charge is what its formula gives, at most the hold": """
        SELECT 'transaction ' || t.id, format('charged %%s, formula %%s, held %%s', -t.amount_mc, f.cost, t.held_mc)
        FROM credit_transactions t CROSS JOIN LATERAL (
            SELECT ceil(coalesce(sum((term->>'quantity')::numeric * (term->>'rate_mc')::numeric), 0)
                        / (t.result->>'divisor')::numeric) AS cost
            FROM jsonb_array_elements(t.result->'terms') AS term) AS f
        WHERE t.kind = 'charge' AND t.state = 'settled' AND t.result IS NOT NULL
          AND -t.amount_mc <> least(f.cost, t.held_mc)
    """,
    "a charge for tokens is made at the rates of its frozen price": """
        SELECT 'transaction ' || t.id, format('%%s at %%s', term->>'name', term->>'rate_mc')
        FROM credit_transactions t JOIN prices p ON p.id = t.price_id AND p.formula->>'kind' = 'tokens'
        CROSS JOIN LATERAL jsonb_array_elements(t.result->'terms') AS term
        WHERE t.kind = 'charge' AND t.state = 'settled'
          AND p.formula->>(term->>'name' || '_mc') IS DISTINCT FROM term->>'rate_mc'
    """,
    "what is free of charge was not charged": """
        SELECT 'transaction ' || t.id, format('%%s, charged %%s', t.situation, -t.amount_mc)
        FROM credit_transactions t
        WHERE t.kind = 'charge' AND t.state = 'settled' AND t.situation = ANY (%(free)s)
    """,
    "an answer that has ended holds nothing": """
        SELECT 'transaction ' || t.id, 'answer ' || m.id || ' is ' || m.status
        FROM credit_transactions t JOIN messages m ON m.id = t.subject_id
        WHERE t.state = 'held' AND m.status <> 'streaming'
    """,
}
QUERY = " UNION ALL ".join(
    f"(SELECT '{rule}', * FROM ({query}) AS found LIMIT {FAULTS_SHOWN_MAX})" for rule, query in RULES.items()
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the ledger that breaks a rule."""

    rule: str
    row: str
    says: str


def find_faults(connection: psycopg.Connection, *, free: Collection[str]) -> list[Fault]:
    """Return what is wrong with the ledger, at most a few rows for each rule, all seen at one moment.

    ``free``: the situations in which nothing is charged.
    """
    return [Fault(*row) for row in connection.execute(QUERY.encode(), {"free": list(free)})]
