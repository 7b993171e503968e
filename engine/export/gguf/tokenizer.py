"""The tokenizer's keys of a GGUF file: those of the GGUF file that the model came from, or made from tokenizer.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf

from engine.base.errors import BadInput
from engine.checkpoints.headers.gguf_fields import listing
from engine.export.gguf.writer import Writer
from engine.export.origin import source_path
from engine.models.model import Model
from engine.models.source import load_tokenizer

_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
_SPLITS = {_LLAMA3: "llama-bpe", _LLAMA3.replace("{1,3}", ""): "qwen2"}
"""Regular expression that cuts a text into words -> the name that llama.cpp has for it."""


def origin(model: Model) -> Path | None:
    """The GGUF file that the model came from, if it is still there."""
    if model.header.format == "gguf":
        return model.path
    path = source_path(model)
    if path is not None and path.is_dir():
        path = next(iter(sorted(path.glob("*.gguf"))), path)
    return path if path is not None and path.is_file() and path.suffix.lower() == ".gguf" else None


def why_doubtful(model: Model) -> str:
    """The reason why the tokenizer may give other tokens; "" if there is none."""
    if origin(model) is not None:
        return ""
    try:
        data = _tokenizer_json(model)
        vocabulary = _Vocabulary.of(data, model)
    except BadInput as error:
        return str(error)
    if vocabulary.model == "gpt2" and not vocabulary.pre:
        return "llama.cpp may not know how its tokenizer cuts a text into words: the verification compares"
    return ""


def add_tokenizer(writer: Writer, model: Model) -> None:
    """Write the keys. Without a tokenizer the file says so: programs can run it on token ids only."""
    source = origin(model)
    if source is not None:
        _carry_over(writer, source)
        return
    try:
        vocabulary = _Vocabulary.of(_tokenizer_json(model), model)
    except BadInput:
        writer.add_tokenizer_model("none")
        return
    writer.add_tokenizer_model(vocabulary.model)
    writer.add_tokenizer_pre(vocabulary.pre or "default")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    if vocabulary.model == "bert":
        _add_wordpiece(writer, model)
        return
    if vocabulary.scores:
        writer.add_token_scores(vocabulary.scores)
    if vocabulary.merges:
        writer.add_token_merges(vocabulary.merges)
    tokenizer = load_tokenizer(model)
    for word in ("bos", "eos", "unk", "pad"):
        number = getattr(tokenizer, f"{word}_token_id")
        if number is not None:
            getattr(writer, f"add_{word}_token_id")(number)
    ids = tokenizer("a")["input_ids"]
    writer.add_add_bos_token(bool(ids) and ids[0] == tokenizer.bos_token_id)
    writer.add_add_eos_token(len(ids) > 1 and ids[-1] == tokenizer.eos_token_id)
    if vocabulary.model == "llama":
        writer.add_add_space_prefix(vocabulary.prefix)
    if isinstance(getattr(tokenizer, "chat_template", None), str | dict):
        writer.add_chat_template(tokenizer.chat_template)


def _add_wordpiece(writer: Writer, model: Model) -> None:
    """Add what only BERT's tokenizer has: the class and the separator around a text stand for begin and end."""
    tokenizer, data = load_tokenizer(model), _tokenizer_json(model)
    for number, add in (
        (tokenizer.cls_token_id, writer.add_bos_token_id),
        (tokenizer.sep_token_id, writer.add_eos_token_id),
        (tokenizer.sep_token_id, writer.add_sep_token_id),
        (tokenizer.unk_token_id, writer.add_unk_token_id),
        (tokenizer.pad_token_id, writer.add_pad_token_id),
        (tokenizer.mask_token_id, writer.add_mask_token_id),
    ):
        if number is not None:
            add(number)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    writer.add_token_type_count(int(model.config.get("type_vocab_size") or 2))
    normalizer = data["normalizer"]
    lower, strip = bool(normalizer.get("lowercase")), normalizer.get("strip_accents")
    writer.add_bool("tokenizer.ggml.normalizer.lowercase", lower)
    writer.add_bool("tokenizer.ggml.normalizer.strip_accents", lower if strip is None else bool(strip))


def _carry_over(writer: Writer, source: Path) -> None:
    """Every key of the tokenizer, as it is."""
    for key, field in listing(source).fields.items():
        if key.startswith("tokenizer."):
            writer.add_field(key, field)


def _tokenizer_json(model: Model) -> dict[str, Any]:
    file = next((path for path in model.companions if path.name == "tokenizer.json"), None)
    if file is None:
        raise BadInput("The model has no tokenizer.json", where=str(model.path))
    contents: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return contents


@dataclass(frozen=True)
class _Vocabulary:
    """``model``: "gpt2" (bytes, merges), "llama" (sentencepiece: scores) or "bert" (WordPiece). ``pre``: how a text is
    cut into words."""

    model: str
    pre: str
    tokens: list[str]
    types: list[int]
    merges: list[str]
    scores: list[float]
    prefix: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any], model: Model) -> _Vocabulary:
        """From tokenizer.json. BadInput for kinds that GGUF does not have."""
        core = data["model"]
        words = core.get("type") == "WordPiece"
        if words and (data.get("normalizer") or {}).get("type") != "BertNormalizer":
            raise BadInput("WordPiece without BERT's normalizer has no form in GGUF", where=str(model.path))
        if words and (core.get("continuing_subword_prefix") != "##" or model.config.get("model_type") != "bert"):
            raise BadInput("WordPiece is read by llama.cpp in BERT alone, with ## inside words", where=str(model.path))
        if not words and core.get("type") != "BPE":
            raise BadInput(f"Tokenizers of the type {core.get('type')} have no form in GGUF", where=str(model.path))
        pairs = [tuple(x.split(" ", 1)) if isinstance(x, str) else tuple(x) for x in core.get("merges", ())]
        names = {number: token for token, number in core["vocab"].items()}
        added = {entry["id"]: entry for entry in data.get("added_tokens", ())}
        names |= {number: entry["content"] for number, entry in added.items()}
        kinds = gguf.TokenType
        tokens = [names.get(number, f"[unused {number}]") for number in range(model.anatomy.vocabulary)]
        types = [int(kinds.NORMAL if number in names else kinds.UNUSED) for number in range(len(tokens))]
        for number, entry in added.items():
            if number < len(types):
                types[number] = int(kinds.CONTROL if entry.get("special") else kinds.USER_DEFINED)
        if words:
            tokens = [_of_word(token, kind) for token, kind in zip(tokens, types, strict=True)]
            return cls("bert", "", tokens, types, [], [])
        if not core.get("byte_fallback"):
            return cls("gpt2", _pre(data), tokens, types, [" ".join(pair) for pair in pairs], [])
        for number, token in enumerate(tokens):
            if token.startswith("<0x") and token.endswith(">"):
                types[number] = int(kinds.BYTE)
            elif token == core.get("unk_token"):
                types[number] = int(kinds.UNKNOWN)
        return cls("llama", "default", tokens, types, [], _scores(tokens, pairs), _adds_space(data))


def _of_word(token: str, kind: int) -> str:
    """A token of WordPiece as llama.cpp spells it: words begin with ▁, what goes on inside one has no ## (llama.cpp's
    convert_hf_to_gguf.py, BertModel)."""
    if kind == int(gguf.TokenType.CONTROL):
        return token
    return token[2:] if token.startswith("##") else f"\u2581{token}"


def _scores(tokens: list[str], pairs: list[tuple[str, ...]]) -> list[float]:
    """Sentencepiece joins the pair whose result has the highest score: minus the rank of its merge."""
    ranks: dict[str, int] = {}
    for rank, pair in enumerate(pairs):
        ranks.setdefault("".join(pair), rank)
    return [-float(ranks.get(token, len(ranks))) for token in tokens]


def _adds_space(data: Mapping[str, Any]) -> bool:
    """True where a space is put before the text: a normalizer that prepends one, or a pre-tokenizer that does."""
    text = json.dumps([data.get("normalizer"), data.get("pre_tokenizer")], ensure_ascii=False)
    return '"Prepend"' in text or '"prepend_scheme": "always"' in text or '"prepend_scheme": "first"' in text


def _pre(data: Mapping[str, Any]) -> str:
    """llama.cpp's name for the way a byte-level tokenizer cuts a text into words; empty if it isn't known."""
    whole = data.get("pre_tokenizer") or {}
    steps = whole.get("pretokenizers", [whole])
    kinds = [step.get("type") for step in steps]
    if kinds == ["ByteLevel"] and steps[0].get("use_regex", True):
        return "gpt-2"
    if kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits"):
        return "smollm"
    if kinds == ["Split", "ByteLevel"]:
        return _SPLITS.get(steps[0].get("pattern", {}).get("Regex", ""), "")
    return ""
