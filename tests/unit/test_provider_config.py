"""Providers from the environment and from the file; a wrong file is refused with line and reason."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.core.config import Settings
from backend.core.errors import StartError
from backend.core.provider_config import load_providers
from backend.services.adapters.registry import ModelRegistry

FILE = """
[[providers]]
name = "local"
kind = "openai"
base_url = "http://localhost:11434/v1"
only_listed_models = true

  [[providers.models]]
  id = "llama-4"
  name = "Llama 4"
  description = { en = "On our own machine", zh-CN = "就在自己的机器上" }
  inputs = ["image"]

[[providers]]
name = "work"
kind = "kie"
base_url = "https://api.kie.ai"
api_key_env = "WORK_KEY"
"""


def settings_with(tmp_path: Path, source: str | None, **changes: object) -> Settings:
    if source is not None:
        (tmp_path / "config.toml").write_text(source, encoding="utf-8")
    return Settings(data_dir=tmp_path, **changes)  # type: ignore[arg-type]


def test_the_file_names_several_providers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK_KEY", "k-123")
    local, work = load_providers(settings_with(tmp_path, FILE))

    assert (local.name, local.models[0].name, local.key()) == ("local", "Llama 4", None)
    assert work.key() == "k-123"


def test_the_environment_alone_suffices(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, None, kie_api_key=SecretStr("k"), openai_base_url="http://127.0.0.1:8000/v1")

    assert [provider.name for provider in load_providers(settings)] == ["kie", "openai"]


def test_the_sandbox_is_offered_only_while_there_is_nothing_else(tmp_path: Path) -> None:
    alone = settings_with(tmp_path, None, sandbox_url="http://127.0.0.1:9")
    beside = settings_with(tmp_path, None, sandbox_url="http://127.0.0.1:9", kie_api_key=SecretStr("k"))

    assert [provider.demo for provider in load_providers(alone)] == [True, True]
    assert [provider.demo for provider in load_providers(beside)] == [False]


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        pytest.param("[[providers]]\nname = 'x'\nkind = kie\n", 3, "not valid TOML", id="syntax"),
        pytest.param(FILE.replace('kind = "kie"', 'kind = "kiez"'), 16, "providers.1.kind", id="unknown kind"),
        pytest.param(FILE.replace("https://api.kie.ai", "ftp://x"), 17, "providers.1.base_url", id="not http"),
        pytest.param(FILE.replace("only_listed", "onyl_listed"), 6, "providers.0.onyl_listed_models", id="misspelt"),
        pytest.param(FILE.replace('id = "llama-4"', 'id = ""'), 9, "providers.0.models.0.id", id="empty id"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_reason(tmp_path: Path, source: str, line: int, reason: str) -> None:
    with pytest.raises(StartError, match=reason) as caught:
        load_providers(settings_with(tmp_path, source))

    assert f"line {line}" in str(caught.value)


def test_two_providers_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="Two providers are called local"):
        load_providers(settings_with(tmp_path, FILE.replace('name = "work"', 'name = "local"')))


async def test_models_are_described_from_the_adapter_and_changed_by_the_operator(tmp_path: Path) -> None:
    source = FILE + '\n  [[providers.models]]\n  id = "gemini-3-pro"\n  name = "Ours"\n  reasoning = false\n'
    settings = settings_with(tmp_path, source)
    registry = ModelRegistry(load_providers(settings), settings)

    ours, llama = registry.find("work/gemini-3-pro"), registry.find("local/llama-4")
    assert ours is not None
    assert llama is not None
    assert (ours.name, ours.capabilities.reasoning, ours.capabilities.search) == ("Ours", False, True)
    assert (llama.name, [kind.value for kind in llama.capabilities.inputs]) == ("Llama 4", ["image"])
    assert registry.find("work/gemini-3-flash") is not None
    await registry.close()
