"""The few words of exported files, which no browser translates any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ExportLanguage(StrEnum):
    """The languages that files are written in; also their ``lang``."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """What files say besides the conversation itself."""

    untitled: str
    you: str
    answer: str
    made: str
    unfinished: str
    failed: str
    kinds: Mapping[str, str]
    left_out: str
    picture_at: str


WORDS: Mapping[ExportLanguage, Words] = {
    ExportLanguage.CHINESE: Words(
        untitled="未命名对话",
        you="你",
        answer="回答",
        made="由 Latent 显影室导出，{day}",
        unfinished="未写完",
        failed="未能完成",
        kinds={"image": "图片", "video": "视频", "audio": "录音", "file": "文件"},
        left_out="{kind}未随附",
        picture_at="图片在 {host}",
    ),
    ExportLanguage.ENGLISH: Words(
        untitled="Untitled conversation",
        you="You",
        answer="Answer",
        made="Exported from Latent, {day}",
        unfinished="unfinished",
        failed="failed",
        kinds={"image": "Picture", "video": "Video", "audio": "Recording", "file": "File"},
        left_out="{kind} left out",
        picture_at="picture at {host}",
    ),
}
