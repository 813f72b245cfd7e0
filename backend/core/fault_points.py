"""Named places between two steps at which a test can make a process die, or stand still, on purpose.

``LATENT_FAULT=point:action`` arms one of them; nothing is armed otherwise. A fault strikes once.
"""

import os
import signal
from enum import StrEnum

from backend.core.errors import StartError


class FaultPoint(StrEnum):
    """Before and after each step that a media task must survive."""

    BEFORE_INTENT = "before_intent"
    AFTER_INTENT = "after_intent"
    BEFORE_SEND = "before_send"
    AFTER_SEND = "after_send"
    BEFORE_ANSWER = "before_answer"
    AFTER_ANSWER = "after_answer"
    BEFORE_DOWNLOAD = "before_download"
    AFTER_DOWNLOAD = "after_download"
    BEFORE_SETTLE = "before_settle"
    AFTER_SETTLE = "after_settle"
    BEFORE_FILM = "before_film"
    AFTER_FILM = "after_film"


class FaultAction(StrEnum):
    """``kill``: as ``kill -9``. ``freeze``: as if the machine stood still, until it is woken (SIGCONT)."""

    KILL = "kill"
    FREEZE = "freeze"


_armed: tuple[FaultPoint, FaultAction] | None = None


def arm(order: str | None) -> None:
    """Take an order, ``point:action``; raises StartError for one that names nothing that there is."""
    global _armed  # noqa: PLW0603 - one per process, as the process is what dies
    _armed = None
    if order is None:
        return
    point, _, action = order.partition(":")
    try:
        _armed = FaultPoint(point), FaultAction(action)
    except ValueError:
        points = ", ".join(FaultPoint)
        raise StartError(f"LATENT_FAULT is point:action, with one of {points}, and kill or freeze.") from None


def pass_point(point: FaultPoint) -> None:
    """Go on, unless this is the point that is armed."""
    global _armed
    if _armed is None or _armed[0] is not point:
        return
    action, _armed = _armed[1], None
    os.kill(os.getpid(), signal.SIGKILL if action is FaultAction.KILL else signal.SIGSTOP)
