"""What the sandbox says: Markdown that answers what it was asked, in the asker's language."""

import re

LONG_WORDS = re.compile(r"(\d{2,5})\s*(?:words|tokens|字|词)", re.IGNORECASE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORDS_MAX = 20_000

CODE = {
    "en": "A small function that keeps only what it has not seen:",
    "zh": "一个小函数，只留下没见过的：",
}
SNIPPET = """```python
def unique(items):
    seen = set()
    for item in items:
        if item not in seen:
            seen.add(item)
            yield item
```"""
TABLE = {
    "en": (
        "| Film | Light | Grain |\n|---|---|---:|\n| Slow | bright noon | 1 |\n| Medium | a cloudy day | 2 |\n"
        "| Fast | indoors, evening | 4 |"
    ),
    "zh": "| 胶片 | 光线 | 颗粒 |\n|---|---|---:|\n| 低感光度 | 正午 | 1 |\n| 中感光度 | 阴天 | 2 |\n| 高感光度 | 室内、傍晚 | 4 |",
}
LIST = {
    "en": "1. Look for one source of light.\n2. Put the darkest thing in front of it.\n3. Wait, then take **one** frame.",
    "zh": "1. 先找到一处光。\n2. 把最暗的东西放在它前面。\n3. 等一等，只拍**一张**。",
}
PLAIN = {
    "en": (
        "You asked: *{question}*\n\nI am the demo model of this installation; I make my answers up right here, so that "
        "everything can be tried without a key. Ask for a **table**, some **code**, a **list**, or “300 words”, "
        "and I will write one. When a provider is configured, real models take my place."
    ),
    "zh": (
        "你问的是：*{question}*\n\n我是这套系统自带的演示模型，回答都在本机现编，不用密钥就能把功能试一遍。"
        "可以让我画个**表格**、写段**代码**、列个**清单**，或者说“写 300 字”。配好服务商之后，会由真正的模型来回答。"
    ),
}
PARAGRAPH = {
    "en": (
        "In the darkroom nothing happens at first. The paper lies in the tray, white as before, and one begins to doubt. "
        "Then a grey edge shows, and another, and the picture comes up all at once, as if it had only been waiting. "
    ),
    "zh": "暗房里起初什么也没有发生。相纸躺在盘子里，还是一片白，让人起疑。然后出现一条灰边，又一条，画面一下子浮上来，好像它只是在等。",
}
THOUGHTS = {
    "en": "The question is short, so a short answer will do. I should say what I am, and offer something to try.",
    "zh": "问题不长，答得短一点就好。先说明我是谁，再给一件可以试的事。",
}
SPLIT = re.compile(r"[\u2e80-\uffff]|\s+|[^\s\u2e80-\uffff]{1,6}")


def language_of(text: str) -> str:
    """Return ``zh`` for a text with Chinese characters, else ``en``."""
    return "zh" if CHINESE.search(text) else "en"


def compose_answer(question: str) -> str:
    """Return the answer to a question: long, table, code, list, an echo of quoted Markdown, or plain."""
    language = language_of(question)
    lowered = question.lower()
    if lowered.startswith("echo:"):
        return question[5:].strip()
    if length := LONG_WORDS.search(question):
        return _long_text(min(int(length.group(1)), WORDS_MAX), language)
    parts = []
    if any(word in lowered for word in ("table", "表格")):
        parts.append(TABLE[language])
    if any(word in lowered for word in ("code", "function", "代码", "函数")):
        parts.append(f"{CODE[language]}\n\n{SNIPPET}")
    if any(word in lowered for word in ("list", "steps", "清单", "步骤")):
        parts.append(LIST[language])
    quoted = " ".join(question.split())[:80].replace("*", "")
    return "\n\n".join(parts) or PLAIN[language].format(question=quoted)


def compose_thoughts(question: str) -> str:
    """Return what a thinking model thinks before it answers."""
    return THOUGHTS[language_of(question)]


def split_tokens(text: str) -> list[str]:
    """Return a text in pieces as models write it: a wide character each, narrow ones up to six together."""
    return SPLIT.findall(text)


def _long_text(words: int, language: str) -> str:
    """Return a text of about so many words (or Chinese characters), in paragraphs under headings."""
    paragraph = PARAGRAPH[language]
    size = len(paragraph) if language == "zh" else len(paragraph.split())
    count = max(1, -(-words // size))
    blocks = []
    for number in range(count):
        if number % 4 == 0:
            blocks.append(
                f"## {'第 ' + str(number // 4 + 1) + ' 节' if language == 'zh' else f'Part {number // 4 + 1}'}"
            )
        blocks.append(paragraph.strip())
    return "\n\n".join(blocks)
