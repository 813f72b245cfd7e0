"""Who pays when: one table, one function. The product's help and the function's test are made from the same rows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


class Situation(StrEnum):
    """What became of something that was paid in advance."""

    COMPLETE = "complete"
    COMPLETE_COUNTED = "complete_counted"
    STOPPED_EARLY = "stopped_early"
    STOPPED = "stopped"
    VIEWER_LEFT = "viewer_left"
    FAILED_EARLY = "failed_early"
    FAILED = "failed"
    PROCESS_DIED = "process_died"
    MODERATED = "moderated"
    MEDIA_STORED = "media_stored"
    MEDIA_FAILED = "media_failed"
    CANCELLED_WAITING = "cancelled_waiting"
    CANCELLED_RUNNING = "cancelled_running"
    CANCEL_REFUSED = "cancel_refused"
    DOWNLOAD_RETRYING = "download_retrying"
    DOWNLOAD_LOST = "download_lost"
    UNCONFIRMED = "unconfirmed"
    UNCONFIRMED_EXPIRED = "unconfirmed_expired"
    REPEATED = "repeated"
    PRICE_CHANGED = "price_changed"


class Rule(StrEnum):
    """What a situation does to the hold."""

    USAGE = "usage"
    """Charge the price of the reported usage, at most the hold."""
    COUNTED = "counted"
    """Charge the price of what was counted here, at most the hold."""
    PRICE = "price"
    """Charge the whole price that was frozen in the hold."""
    NOTHING = "nothing"
    """Charge nothing: the hold is returned."""
    KEEP = "keep"
    """Not decided yet: the hold stays, a later situation decides."""
    UNCHANGED = "unchanged"
    """Whatever was decided before stays."""


@dataclass(frozen=True, slots=True)
class ChargingRow:
    """One row of the table; a number of the table may have several, for what it distinguishes."""

    number: int
    situation: Situation
    rule: Rule


TABLE: tuple[ChargingRow, ...] = (
    ChargingRow(1, Situation.COMPLETE, Rule.USAGE),
    ChargingRow(2, Situation.COMPLETE_COUNTED, Rule.COUNTED),
    ChargingRow(3, Situation.STOPPED_EARLY, Rule.NOTHING),
    ChargingRow(4, Situation.STOPPED, Rule.COUNTED),
    ChargingRow(5, Situation.VIEWER_LEFT, Rule.KEEP),
    ChargingRow(6, Situation.FAILED_EARLY, Rule.NOTHING),
    ChargingRow(7, Situation.FAILED, Rule.NOTHING),
    ChargingRow(8, Situation.PROCESS_DIED, Rule.NOTHING),
    ChargingRow(9, Situation.MODERATED, Rule.NOTHING),
    ChargingRow(10, Situation.MEDIA_STORED, Rule.PRICE),
    ChargingRow(11, Situation.MEDIA_FAILED, Rule.NOTHING),
    ChargingRow(12, Situation.CANCELLED_WAITING, Rule.NOTHING),
    ChargingRow(13, Situation.CANCELLED_RUNNING, Rule.NOTHING),
    ChargingRow(13, Situation.CANCEL_REFUSED, Rule.KEEP),
    ChargingRow(14, Situation.DOWNLOAD_RETRYING, Rule.KEEP),
    ChargingRow(14, Situation.DOWNLOAD_LOST, Rule.NOTHING),
    ChargingRow(15, Situation.UNCONFIRMED, Rule.KEEP),
    ChargingRow(15, Situation.UNCONFIRMED_EXPIRED, Rule.NOTHING),
    ChargingRow(16, Situation.REPEATED, Rule.UNCHANGED),
    ChargingRow(17, Situation.PRICE_CHANGED, Rule.KEEP),
)
RULES = {row.situation: row.rule for row in TABLE}
FREE = frozenset(situation for situation, rule in RULES.items() if rule is Rule.NOTHING)
"""Situations in which a hold is returned whole."""


def decide_charge(situation: Situation, *, held_mc: int, cost_mc: int) -> int | None:
    """Return what a situation charges of a hold, in milli-credits: 0 returns it whole, None leaves it as it is.

    ``cost_mc`` is the frozen price of the usage (or of the options, for media). Never more than the hold.
    """
    rule = RULES[situation]
    match rule:
        case Rule.USAGE | Rule.COUNTED | Rule.PRICE:
            return min(max(cost_mc, 0), held_mc)
        case Rule.NOTHING:
            return 0
        case Rule.KEEP | Rule.UNCHANGED:
            return None
        case _:
            assert_never(rule)
