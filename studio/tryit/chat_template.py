"""Detection of chat templates in the files of a model folder, without torch and without executing anything."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from engine.base.errors import StudioError
from engine.base.files import parse_json

TEMPLATES = ("chat_template.jinja", "chat_template.json")
LARGEST = 32_000_000
"""Bytes of a tokenizer_config.json above which it is not read."""


@lru_cache(maxsize=256)
def has_chat_template(path: str) -> bool:
    """True if the tokenizer of a model folder has a chat template; False for anything else, GGUF files too."""
    folder = Path(path)
    if any((folder / name).is_file() for name in TEMPLATES):
        return True
    config = folder / "tokenizer_config.json"
    try:
        if not config.is_file() or config.stat().st_size > LARGEST:
            return False
        stored = parse_json(config.read_text(encoding="utf-8"))
    except (OSError, ValueError, StudioError):
        return False
    return isinstance(stored, dict) and bool(stored.get("chat_template"))
