"""Faults on order: how a test (or a curious person) asks the sandbox to misbehave.

Set them with ``POST /_sandbox/faults`` (a JSON object of the fields below; they hold until the next order), for one
request with the header ``X-Sandbox`` (the same object), or for one picture or clip with a line ``X-Sandbox: {...}``
in its prompt.
"""

import re
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

import orjson

HEADER = "X-Sandbox"
PROMPT_LINE = re.compile(r"^[ \t]*X-Sandbox:[ \t]*(\{.*\})[ \t]*$\n?", re.MULTILINE)

CreateFault = Literal["", "code_500", "cut", "silence"]
LinkFault = Literal[
    "", "expired", "404", "403", "html", "svg", "truncated", "wrong_length", "renamed", "endless", "drip", "redirect",
    "gzip_bomb", "pixel_bomb",
]  # fmt: skip
CallbackFault = Literal["", "never", "twice", "early", "wrong_signature", "stale", "out_of_order"]


@dataclass(frozen=True, slots=True)
class ChatFaults:
    """How chat behaves. Times in seconds; ``*_after`` count text pieces; -1 and None mean: not at all."""

    first_delay_s: float = 0.25
    tokens_per_s: float = 60.0
    http_status: int = 200
    code: int = 200
    retry_after: str | None = None
    fail_times: int = -1
    """With a status or code: only the next so many requests fail; -1: all."""
    cut_after: int = -1
    error_after: int = -1
    silence_after: int = -1
    garbage_after: int = -1
    huge_line_after: int = -1
    huge_line_bytes: int = 4 * 1024 * 1024
    no_done: bool = False
    no_usage: bool = False
    usage: dict[str, Any] | None = None
    finish_reason: str = "stop"
    answer: str | None = None
    line_end: str = "\n"
    redirect_to: str | None = None
    """Where chat, and a link with the fault ``redirect``, send their caller."""


@dataclass(frozen=True, slots=True)
class MediaFaults:
    """How pictures, clips and their files behave."""

    image_s: float = 4.0
    video_s: float = 10.0
    """How long a picture or a clip takes at least."""
    edge_max: int = 0
    """Results are drawn no larger than this (0: as ordered); their ratio stays."""
    seed: int = -1
    """The seed of requests that name none; -1: by lot."""

    create_status: int = 200
    create_code: int = 200
    """Refuse new tasks (and OpenAI pictures) with this HTTP status or code; nothing is created.

    A bare status comes as a proxy's page, a code inside KIE's envelope.
    """
    create_fail_times: int = -1
    create_then: CreateFault = ""
    """What becomes of the answer after a task was really created: an error, a cut, nothing at all."""
    rate_per_10s: int = 20
    running_max: int = 100
    key_cap: int = -1
    """How many tasks the key may still create; -1: any number."""

    fail_msg: str | None = None
    fail_code: str = "500"
    """With ``fail_msg``: tasks end as failed with these."""
    never_ends: bool = False
    query_status: int = 200
    query_code: int = 200
    query_fail_times: int = -1
    invisible_s: float = 0.0
    invisible_as: Literal["404", "empty"] = "404"
    """For so long after creation the task cannot be seen yet."""

    upload_code: int = 200
    upload_life_s: float = 24 * 3600.0
    link_life_s: float = 24 * 3600.0
    link: LinkFault = ""
    callback: CallbackFault = ""
    webhook_key: str = ""
    """Callbacks are signed with it; unsigned without."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Everything that can be ordered."""

    chat: ChatFaults = field(default_factory=ChatFaults)
    media: MediaFaults = field(default_factory=MediaFaults)


DEFAULT = Faults()
CHAT_NAMES = frozenset(entry.name for entry in fields(ChatFaults))
MEDIA_NAMES = frozenset(entry.name for entry in fields(MediaFaults))
CHOICES: dict[str, tuple[str, ...]] = {
    "create_then": get_args(CreateFault),
    "link": get_args(LinkFault),
    "callback": get_args(CallbackFault),
    "invisible_as": ("404", "empty"),
}


def parse_order(body: bytes) -> dict[str, Any]:
    """Return the JSON object of an order; raises ValueError for unknown names and choices."""
    parsed = orjson.loads(body or b"{}")
    if not isinstance(parsed, dict) or set(parsed) - CHAT_NAMES - MEDIA_NAMES:
        raise ValueError(f"known faults: {', '.join(sorted(CHAT_NAMES | MEDIA_NAMES))}")
    for name, choices in CHOICES.items():
        if parsed.get(name, "") not in ("", *choices):
            raise ValueError(f"{name}: {', '.join(choices)}")
    return parsed


def changed(base: Faults, order: dict[str, Any]) -> Faults:
    """Return ``base`` changed by an order."""
    chat = {name: value for name, value in order.items() if name in CHAT_NAMES}
    media = {name: value for name, value in order.items() if name in MEDIA_NAMES}
    return Faults(replace(base.chat, **chat), replace(base.media, **media))


def split_prompt(prompt: str) -> tuple[str, dict[str, Any]]:
    """Return a prompt without its order line, and the order; raises ValueError for a wrong one."""
    found = PROMPT_LINE.search(prompt)
    if found is None:
        return prompt, {}
    return PROMPT_LINE.sub("", prompt).strip(), parse_order(found.group(1).encode())
