"""Generated requests over every route: whatever comes, no answer is a 5xx."""

from typing import Any

import hypothesis
import schemathesis

from backend.core.config import Settings
from backend.main import create_app
from tests.support.server import Person

EXAMPLES = 15
SKIPPED = {"sign_out", "change_password", "revoke_session", "revoke_other_sessions", "change_user"}
"""They would end the session that the others need; they are covered one by one."""


async def test_no_generated_request_makes_a_5xx(anna: Person) -> None:
    conversation = await anna.conversation()
    schema = schemathesis.openapi.from_dict(create_app(Settings()).openapi())
    for result in schema.get_all_operations():
        operation = result.ok()
        name = operation.definition.raw["operationId"]
        if name in SKIPPED:
            continue
        for case in generate(operation.as_strategy()):
            await send(anna, case, conversation)


def generate(strategy: Any) -> list[schemathesis.Case]:
    """Return a few generated requests; always the same ones, so that a failure can be looked at."""
    cases: list[schemathesis.Case] = []

    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=strategy)
    def collect(case: schemathesis.Case) -> None:
        cases.append(case)

    collect()
    return cases


async def send(anna: Person, case: schemathesis.Case, conversation: str) -> None:
    """Send one generated request as a signed-in user."""
    path = case.formatted_path
    if "conversation_id" in (case.path_parameters or {}):
        path = path.replace(str(case.path_parameters["conversation_id"]), conversation)
    kwargs = case.as_transport_kwargs(base_url="http://x")
    async with anna.browser.request(
        case.method,
        path,
        params=[(str(key), str(value)) for key, value in (kwargs.get("params") or {}).items()],
        json=kwargs.get("json") if case.body is not schemathesis.core.NOT_SET else None,
    ) as response:
        assert response.status < 500, (case.method, path, kwargs.get("json"), await response.text())
