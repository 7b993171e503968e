"""Tokenizers of strangers within limits of time and memory.

tokenizer.json holds programs: replacements that may make a text a million times longer, and regular expressions that
may not come to an end. Replacements are counted when the tokenizer is loaded. A tokenizer whose patterns are not among
the well-known ones is tried on every text in a process of its own, with limits, before it gets the text here; the
libraries compute the same there as here, so that what ended there ends here. Known patterns are linear, and not tried.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.base import children
from engine.base.errors import BadInput

MOST_GROWTH = 64
"""Times that normalization or decoding may make a text longer."""
SECONDS, SECONDS_PER_MB = 30.0, 30.0
_GROWTH = {"NFKC": 18, "NFKD": 18, "NFD": 4, "NFC": 4, "ByteLevel": 4, "BertNormalizer": 4, "Nmt": 2, "Lowercase": 3}
_OPAQUE = ("Precompiled",)
"""Normalizers with a table of replacements that can't be read here."""
_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_WORDS = (
    r"[^\r\n\p{Lu}\p{Ll}\p{Lt}\p{Lm}\p{Lo}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
    r"[^\r\n\p{Lu}\p{Ll}\p{Lt}\p{Lm}\p{Lo}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
)
_END = r"\s*[\r\n]+|\s+(?!\S)|\s+"
SAFE_PATTERNS = frozenset(
    (
        # GPT-2; Llama 3 and GPT-4; Qwen 2 and 3; Olmo, StableLM; digits and spaces of Falcon, Bloom, DeepSeek
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + _END,
        _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + _END,
        _CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + _END,
        "|".join(word + _CONTRACTIONS + "?" for word in _WORDS) + r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + _END,
        *(r"\d{1,3}", r"\p{N}{1,3}", r"\p{N}", r"[0-9]", r"\d", r"[0-9][0-9][0-9]", r"[\r\n]", r" {2,}", r" ", r"\s"),
        r" ?[^(\s|[.,!?…。，、।۔،])]+",
    )
)
"""Regular expressions that are linear in the text."""


def limited(tokenizer: Any, where: str) -> Any:
    """The same tokenizer, which tries a text in another process first if its patterns are not known. Raises `BadInput`
    if its replacements make a text too long, or if it can't tokenize a word."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    parts = {name: _part(getattr(backend, name, None)) for name in ("normalizer", "pre_tokenizer", "decoder")}
    for name, part in parts.items():
        growth = _growth(part)
        if growth > MOST_GROWTH:
            raise BadInput(
                "The tokenizer makes texts too long",
                where=where,
                why=f"its {name} may make a text {growth:.0f} times longer",
                advice="copy the tokenizer's files again from where the model came from",
            )
    if not isinstance(tokenizer.model_max_length, int | float):
        raise BadInput("The tokenizer's settings are damaged", where=where, why="model_max_length is not a number")
    if not all(_is_known(step) for part in parts.values() for step in _steps(part)):
        kind = type(tokenizer)
        tokenizer.__class__ = type(kind.__name__, (_LimitedTokenizer, kind), {"__module__": kind.__module__})
    return tokenizer


class _LimitedTokenizer:
    """Mixed into the class of a tokenizer: texts are tried elsewhere first."""

    def __call__(self: Any, text: Any = None, *more: Any, **options: Any) -> Any:
        """See `transformers.PreTrainedTokenizerBase.__call__`; raises `BadInput` for a text that it does not take."""
        if isinstance(text, str):
            _try(self, text)
        elif isinstance(text, list | tuple):
            for item in text:
                if isinstance(item, str):
                    _try(self, item)
        return super().__call__(text, *more, **options)  # type: ignore[misc]


def _try(tokenizer: Any, text: str) -> None:
    """Raise `BadInput` if the tokenizer fails on the text, or takes too long or too much."""
    seen: set[str] = tokenizer.__dict__.setdefault("_tried_texts", set())
    content = text.encode("utf-8", "surrogatepass")
    key = hashlib.sha256(content).hexdigest()
    if key in seen:
        return
    seconds = SECONDS + SECONDS_PER_MB * len(content) / 1e6
    with tempfile.TemporaryDirectory(prefix="tokenizer-") as name:
        scratch = Path(name)
        (scratch / "tokenizer.json").write_text(tokenizer.backend_tokenizer.to_str(), "utf-8")
        (scratch / "text.txt").write_bytes(content)
        with (scratch / "log.txt").open("wb") as log:
            child = children.start(
                "engine.models.tokenizer_process", name, folder=scratch, stdout=subprocess.DEVNULL, stderr=log
            )
            try:
                status = child.wait(seconds)
                lines = (scratch / "log.txt").read_text("utf-8", "replace").strip().splitlines()
                why = (lines[-1] if lines else f"its process ended with status {status}")[:300]
            except subprocess.TimeoutExpired:
                status, why = 1, f"it was not done within {seconds:.0f} s"
            finally:
                if child.poll() is None:
                    child.kill()
                    child.wait()
    if status != 0:
        raise BadInput(
            "The tokenizer can't take this text",
            where=str(tokenizer.name_or_path),
            why=why,
            advice="copy the tokenizer's files again from where the model came from, or choose another text",
        )
    seen.add(key)


def _part(component: Any) -> Any:
    """A component as JSON; None if there is none."""
    return None if component is None else json.loads(component.__getstate__())


def _steps(part: Any) -> Iterator[dict[str, Any]]:
    """The steps of a component, those of sequences too."""
    if isinstance(part, dict):
        yield part
        for name in ("normalizers", "pretokenizers", "decoders"):
            for inner in part.get(name) or ():
                yield from _steps(inner)


def _growth(part: Any) -> float:
    """Factor by which a text may become longer."""
    growth = 1.0
    for step in _steps(part):
        growth *= _GROWTH.get(str(step.get("type")), 1)
        if step.get("type") == "Replace":
            pattern, content = step.get("pattern") or {}, str(step.get("content") or "")
            replaced = pattern.get("String")
            growth *= max(1.0, len(content) / max(1, len(replaced)) if isinstance(replaced, str) else len(content) + 1)
    return growth


def _is_known(step: dict[str, Any]) -> bool:
    pattern = step.get("pattern")
    regex = pattern.get("Regex") if isinstance(pattern, dict) else None
    return step.get("type") not in _OPAQUE and (regex is None or regex in SAFE_PATTERNS)
