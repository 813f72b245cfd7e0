"""Every setting of the product, in one class; defaults start the whole system on a bare machine.

Read from the environment (``LATENT_...``); ``deploy/env.example`` documents each. Built once at the edge
(``cli.py``) and passed in; nothing else reads the environment.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from backend.core.media_types import AssetKind
from backend.core.pricing import AMOUNT_MAX_MC

CHECKOUT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024
GIB = 1024 * MIB


class SignUpMode(StrEnum):
    """Who may create an account: anyone, anyone after an admin's approval, or nobody."""

    OPEN = "open"
    APPROVAL = "approval"
    CLOSED = "closed"


def _split_names(value: object) -> object:
    """Return the names of a comma-separated text."""
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


Names = Annotated[list[str], NoDecode, BeforeValidator(_split_names)]
"""Several names; commas between them in the environment."""


def default_data_dir() -> Path:
    """Return ``./data`` of a checkout, else the platform's folder for this user's data."""
    if (CHECKOUT / "pyproject.toml").is_file():
        return CHECKOUT / "data"
    from platformdirs import user_data_path

    return user_data_path("latent", appauthor=False)


class Settings(BaseSettings):
    """All settings; units are in the names (``_s`` seconds, ``_bytes``), limits are inclusive."""

    model_config = SettingsConfigDict(env_prefix="LATENT_", env_ignore_empty=True, extra="ignore", frozen=True)

    # Where it runs
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8500
    data_dir: Path = Field(default_factory=default_data_dir)
    web_dir: Path = CHECKOUT / "frontend" / "dist"
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    api_processes: Annotated[int, Field(ge=1, le=64)] = 1
    allowed_hosts: Names = ["*"]
    trusted_proxies: Names = []
    public_url: str | None = None
    log_level: str = "info"
    log_json: bool | None = None
    metrics_token: SecretStr | None = None

    # Server limits
    max_header_bytes: int = 64 * 1024
    header_timeout_s: float = 10.0
    min_body_rate_bytes_per_s: int = 500
    body_grace_s: float = 5.0
    max_body_bytes: int = 1024 * 1024
    max_connections: int = 4096
    write_stall_s: Annotated[float, Field(gt=0)] = 20.0
    """How long a peer may take nothing of what is sent to it."""
    shutdown_grace_s: float = 5.0
    statement_timeout_s: float = 10.0
    database_pool_size: int = 10
    """Connections for units of work, and as many for statements on their own."""
    database_wait_s: float = 30.0
    """How long a statement may wait for a connection: a rush of turns takes turns."""
    database_connect_s: Annotated[int, Field(ge=2)] = 5
    """How long a new connection may take: a server that is killed in that moment never says a word."""

    # Accounts
    sign_up: SignUpMode = SignUpMode.OPEN
    session_idle_s: int = 14 * 24 * 3600
    session_max_s: int = 60 * 24 * 3600
    max_sessions_per_user: int = 50
    password_hash_concurrency: int = 2
    sign_in_attempts_per_account: int = 10
    sign_in_attempts_per_address: int = 50
    sign_in_window_s: int = 900
    sign_up_attempts_per_address: int = 20

    # Conversations and streams
    max_conversations_per_user: int = 10_000
    history_messages_max: int = 200
    history_chars_max: int = 400_000
    max_streams_per_process: int = 2_000
    stream_ping_s: float = 15.0
    stream_max_s: float = 900.0
    answer_max_chars: int = 1_000_000
    checkpoint_s: float = 1.0
    run_owner_timeout_s: float = 10.0
    """A process that has not given a sign of life for so long is taken for dead, and its answers end elsewhere."""
    mirror_period_s: Annotated[float, Field(gt=0, le=0.25)] = 0.1
    """How often the text of answers that are followed in other processes is passed on to them."""
    mirror_lease_s: Annotated[float, Field(ge=3)] = 15.0
    """How long an answer is mirrored after another process last asked for it."""
    mirror_entries_max: Annotated[int, Field(ge=10)] = 100
    mirror_entry_bytes_max: int = 256 * 1024
    """What is longer, or older, is not mirrored: its readers begin anew from the database."""
    tail_bytes_max: int = 1024 * 1024
    """How much is kept for one reader of another process's answer; one that lags further begins anew."""
    search_index_s: Annotated[float, Field(gt=0)] = 1.0
    search_index_batch: Annotated[int, Field(ge=1, le=1_000)] = 50
    """How soon after their end messages can be found, and how many are made so in one transaction."""

    # Shares and exports
    max_shares_per_user: Annotated[int, Field(ge=0)] = 200
    share_messages_max: Annotated[int, Field(ge=1)] = 2_000
    share_bytes_max: Annotated[int, Field(ge=1024)] = 4 * MIB
    """How much text a share may hold: it is read as a whole."""
    share_reads_per_minute: Annotated[int, Field(ge=1)] = 600
    """How often one address may look at shares and at what is shown in them."""
    exports_per_minute: Annotated[int, Field(ge=1)] = 10
    export_max_s: Annotated[float, Field(gt=0)] = 600.0
    """How long an export may take: who reads slower is cut off."""
    export_messages_max: Annotated[int, Field(ge=1)] = 50_000
    export_chunk_bytes: Annotated[int, Field(ge=1024)] = 1 * MIB
    """How much text an export reads at once."""
    export_embed_bytes_max: Annotated[int, Field(ge=0)] = 32 * MIB
    """How much of pictures is put into an HTML file; what is beyond is named."""
    export_markdown_chars_max: Annotated[int, Field(ge=0)] = 30_000
    """A message that is longer is shown in an HTML file as it was written."""
    export_markdown_max_s: Annotated[float, Field(ge=0)] = 5.0
    """How much computing the Markdown of one HTML file may take; what comes after is shown as it was written."""

    # Events and sockets
    events_keep_s: Annotated[int, Field(ge=60)] = 3 * 24 * 3600
    events_keep_max: Annotated[int, Field(ge=1)] = 5_000
    """How many events of a user are kept at most; a device that missed more begins anew."""
    sockets_per_user: Annotated[int, Field(ge=1)] = 20
    sockets_per_process: Annotated[int, Field(ge=1)] = 2_000
    socket_check_s: Annotated[float, Field(gt=0, le=4)] = 2.0
    """How often sockets look for events whose wake-up was lost, and for the end of their session."""
    socket_ping_s: Annotated[float, Field(gt=0)] = 30.0
    socket_pong_s: Annotated[float, Field(gt=0)] = 20.0
    socket_message_bytes_max: int = 4096

    # Credits (mc: milli-credits, 1000 are a credit) and limits
    start_credits_mc: Annotated[int, Field(ge=0, le=AMOUNT_MAX_MC)] = 200_000
    """What a new account begins with."""
    chat_price: str | None = None
    """For chat models of providers from the environment: ``free``, or ``input/output`` by the million tokens."""
    answer_tokens_max: Annotated[int, Field(ge=1, le=1_000_000)] = 8_192
    """The longest answer that is held for, where the model has no lower limit of its own."""
    answer_tokens_min: Annotated[int, Field(ge=1, le=1_000_000)] = 256
    """The shortest answer that is worth beginning: whoever cannot pay for it is told so instead."""
    hold_ttl_s: float = 3_600.0
    sweep_s: float = 30.0
    sweep_batch: int = 200
    sweep_timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """A sweep that takes longer is given up; the next round tries again."""
    ledger_csv_rows_max: int = 100_000
    chat_limit_per_user: Annotated[int, Field(ge=1)] = 8
    chat_limit_per_conversation: Annotated[int, Field(ge=1)] = 4
    image_limit_per_user: Annotated[int, Field(ge=1)] = 5
    image_limit_per_conversation: Annotated[int, Field(ge=1)] = 4
    video_limit_per_user: Annotated[int, Field(ge=1)] = 3
    video_limit_per_conversation: Annotated[int, Field(ge=1)] = 2
    slot_lease_s: float = 30.0
    """How long a slot outlives whoever holds it; renewed every third of it."""

    # Media tasks
    worker_concurrency: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    """Tasks that one worker process attends to at once; nearly all of them wait for a provider."""
    task_submits_at_once: Annotated[int, Field(ge=1, le=1_000)] = 16
    task_saves_at_once: Annotated[int, Field(ge=1, le=1_000)] = 8
    """How many of a worker's tasks hand in, or fetch their results, at the same time; the others take turns."""
    worker_stalled_s: Annotated[float, Field(ge=1)] = 30.0
    """A worker that has not given a sign of life for so long is taken for dead, and its tasks go on elsewhere."""
    tasks_waiting_per_user: Annotated[int, Field(ge=0)] = 20
    storyboard_shots_max: Annotated[int, Field(ge=1, le=20)] = 12
    """How many clips a storyboard may be joined of."""
    film_joins_at_once: Annotated[int, Field(ge=1, le=64)] = 1
    film_join_timeout_s: Annotated[int, Field(ge=1, le=3_600)] = 300
    """How many films a worker joins at once, and for how long: alike clips are copied, others encoded."""
    submit_timeout_s: float = 180.0
    image_timeout_s: float = 900.0
    video_timeout_s: float = 1_800.0
    unconfirmed_max_s: float = 1_800.0
    """How long a submission whose answer was lost may be confirmed by a callback before it is given up and flagged."""
    download_retry_max_s: float = 3_600.0
    task_queue_max_s: float = 6 * 3_600.0
    """How long a task is offered to a provider that refuses it for now (busy, in maintenance)."""
    task_retry_pause_max_s: float = 60.0
    poll_factor: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Stretches the pauses between looks at a provider's task."""
    fault: str | None = None
    """For tests alone: ``point:action`` lets the worker die, or stand still, between two steps."""
    callback_base_url: str | None = None
    """Where providers reach us from outside, such as ``https://studio.example.org``; without it they are polled."""
    kie_webhook_key: SecretStr | None = None

    # Media: where it is stored, how much, and what a look at it may take
    storage_url: str | None = None
    """``s3://bucket/prefix``; unset means the folder ``media`` of the data folder."""
    storage_endpoint: str | None = None
    storage_region: str | None = None
    storage_access_key: SecretStr | None = None
    storage_secret_key: SecretStr | None = None
    asset_quota_bytes_per_user: int = 10 * GIB
    asset_image_bytes_max: int = 50 * MIB
    asset_video_bytes_max: int = 500 * MIB
    asset_audio_bytes_max: int = 100 * MIB
    asset_file_bytes_max: int = 20 * MIB
    asset_uploads_per_user: Annotated[int, Field(ge=1, le=100)] = 4
    asset_upload_max_s: int = 1800
    asset_sweep_grace_s: Annotated[int, Field(ge=600)] = 3600
    media_pixels_max: int = 40_000_000
    media_frames_max: int = 1_000
    media_duration_max_s: int = 3600
    media_checks_at_once: Annotated[int, Field(ge=1, le=64)] = 2
    media_checks_waiting_max: int = 64
    media_check_timeout_s: Annotated[int, Field(ge=1, le=600)] = 60
    media_check_memory_bytes: int = 1 * GIB
    transcription_bytes_max: int = 25 * MIB
    transcription_seconds_max: Annotated[int, Field(ge=1, le=3_600)] = 600
    transcription_max_s: Annotated[float, Field(gt=0)] = 120.0
    """How long a recording may be, and how long it may take to come, and to be listened to."""
    transcription_chars_max: Annotated[int, Field(ge=1)] = 20_000
    download_max_s: float = 900.0
    download_min_rate_bytes_per_s: int = 20_000
    download_grace_s: float = 20.0

    # Providers
    sandbox: bool | None = None
    """Whether the demo provider runs; unset means: only while no other provider is configured."""
    sandbox_port: Annotated[int, Field(ge=0, le=65535)] = 0
    sandbox_url: str | None = None
    """Where the demo provider listens; ``latent serve`` starts one and sets this."""
    kie_api_key: SecretStr | None = None
    kie_base_url: str = "https://api.kie.ai"
    openai_base_url: str | None = None
    openai_api_key: SecretStr | None = None
    provider_allowed_hosts: Names = []
    """Inner hosts (``name`` or ``name:port``) that providers may live on, such as ``localhost:11434`` for Ollama."""
    provider_connect_timeout_s: float = 10.0
    provider_first_byte_timeout_s: float = 60.0
    provider_silence_timeout_s: float = 60.0
    provider_attempts: int = 3
    provider_line_bytes_max: int = 1024 * 1024
    provider_error_chars_max: int = 500

    def asset_bytes_max(self, kind: AssetKind) -> int:
        """Return how large a file of this kind may be."""
        match kind:
            case AssetKind.IMAGE:
                return self.asset_image_bytes_max
            case AssetKind.VIDEO:
                return self.asset_video_bytes_max
            case AssetKind.AUDIO:
                return self.asset_audio_bytes_max
            case AssetKind.FILE:
                return self.asset_file_bytes_max

    @property
    def upload_bytes_max(self) -> int:
        """How large an upload may be before anything is known of it."""
        return max(self.asset_bytes_max(kind) for kind in AssetKind)
