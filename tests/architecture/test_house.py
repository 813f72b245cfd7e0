"""The house stays easy to see: layers, lengths, lock files, documented settings, the founding index."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from backend.core.config import Settings

ROOT = Path(__file__).resolve().parents[2]
LINES_WARN = 300
LINES_MAX = 450


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines()]


def test_files_stay_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in tracked("*.py", "*.ts", "*.tsx")}
    ours = {path: length for path, length in lengths.items() if not path.name.endswith(".gen.ts")}
    for path, length in sorted(ours.items(), key=lambda item: -item[1]):
        if length > LINES_WARN:
            print(f"{length} lines, look for the second idea: {path.relative_to(ROOT)}")

    assert [path.name for path, length in ours.items() if length > LINES_MAX] == []


def test_lock_files_name_no_host() -> None:
    for path in tracked("*.lock", "frontend/package-lock.json"):
        text = path.read_text(encoding="utf-8")
        assert '"resolved"' not in text, path.name
        assert not re.search(r"--(extra-)?index-url|--find-links", text), path.name


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    example = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8")

    assert re.search(rf"^# LATENT_{name.upper()}=", example, re.MULTILINE), name


def test_adapters_know_no_service_model_or_session() -> None:
    forbidden = ("backend.services.", "backend.models", "backend.repositories", "backend.schemas", "sqlalchemy")
    for path in (ROOT / "backend" / "services" / "adapters").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module and not module.startswith("backend.services.adapters"):
                assert not module.startswith(forbidden), f"{path.name} imports {module}"


ALLOWED_INSIDE = {"cli.py", "migrate.py", "supervisor.py", "config.py"}
"""Commands that import late to start fast; nobody else may hide an import inside a function."""


def test_no_import_hides_inside_a_function() -> None:
    found = []
    for path in tracked("backend/*.py"):
        if path.name in ALLOWED_INSIDE:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
                found += [f"{path.relative_to(ROOT)}:{node.lineno}" for node in inner]

    assert found == []


FOUNDING_INDEX = {
    "backend/core/redis.py": [
        "get_client", "close", "health_check", "acquire_lock", "release_lock", "extend_lock",
    ],
    "backend/services/conversation_service.py": [
        "create_conversation", "update_conversation_title", "generate_auto_title", "get_conversation_list",
        "delete_conversation",
    ],
    "backend/services/message_service.py": ["send_message", "get_messages", "delete_message"],
    "backend/services/message_stream_service.py": ["send_message_stream", "regenerate_message_stream"],
    "backend/services/message_utils.py": ["format_message"],
    "backend/services/message_ai_helpers.py": ["prepare_ai_stream_client", "stream_ai_response"],
    "backend/services/ai_service.py": ["call_ai_api"],
    "backend/services/adapters/kie/client.py": ["chat_completions", "chat_completions_stream"],
    "backend/services/adapters/kie/chat_adapter.py": ["chat", "chat_simple", "estimate_cost"],
}  # fmt: skip


@pytest.mark.parametrize("place", FOUNDING_INDEX)
def test_the_founding_index_stands(place: str) -> None:
    tree = ast.parse((ROOT / place).read_text(encoding="utf-8"))
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

    assert set(FOUNDING_INDEX[place]) <= defined
