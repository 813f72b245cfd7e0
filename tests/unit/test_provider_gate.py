"""A closed provider is tried by one task at a time, less and less often."""

import pytest

from backend.services import provider_gate
from backend.services.provider_gate import PAUSE_FIRST_S, ProviderGate


class Clock:
    """An event loop's clock that stands still."""

    def __init__(self) -> None:
        self.now = 100.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(provider_gate.asyncio, "get_running_loop", lambda: made)
    return made


def test_one_tries_and_the_others_wait(clock: Clock) -> None:
    gate = ProviderGate(pause_max_s=60)
    assert gate.wait_s("kie") == 0
    assert gate.close("kie") == PAUSE_FIRST_S
    assert (gate.wait_s("kie"), gate.wait_s("other")) == (PAUSE_FIRST_S, 0)

    clock.now += PAUSE_FIRST_S
    assert gate.wait_s("kie") == 0
    assert gate.wait_s("kie") > 0, "someone is trying"
    gate.give_up_trial("kie")
    assert gate.wait_s("kie") == 0
    gate.open("kie")
    assert [gate.wait_s("kie") for _ in range(3)] == [0, 0, 0]


def test_pauses_grow_up_to_the_most(clock: Clock) -> None:
    gate, pauses = ProviderGate(pause_max_s=10), []
    for _ in range(5):
        pauses.append(gate.close("kie"))
        clock.now += pauses[-1]
        assert gate.wait_s("kie") == 0
    assert pauses == [2, 4, 8, 10, 10]
    assert gate.close("kie", retry_after_s=600) == 10


def test_many_refusals_at_once_are_one(clock: Clock) -> None:
    gate = ProviderGate(pause_max_s=60)
    assert [gate.close("kie") for _ in range(8)] == [PAUSE_FIRST_S] * 8
