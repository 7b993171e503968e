"""Models with damaged headers, configs, tokenizers and containers."""

from __future__ import annotations

import functools
import json
import random
import shutil
import struct
import tempfile
from pathlib import Path
from typing import Any

from gguf_files import write_gguf

from engine.checkpoints.checkpoint import read_header
from engine.data.samples import record_tokens
from engine.export.gguf.metadata import add_general, file_name, pooling_of
from engine.export.gguf.writer import Writer
from engine.export.model_card import model_card
from engine.export.registry import export_format
from engine.models.model import Model
from engine.models.source import load_tokenizer, open_model
from engine.numerics.ggml.layouts import FORMATS
from engine.testing.models import tiny_model
from engine.testing.stage import compress
from tests.hostile.mutate import changed_bytes, changed_value, text_of

KINDS = ("llama", "gpt2", "bert", "qwen3", "gemma2", "phi3")
CONFIG_NAMES = (
    *("num_labels", "head_dim", "auto_map", "quantization_config", "text_config", "rope_scaling", "rope_parameters"),
    *("num_key_value_heads", "dtype", "torch_dtype", "architectures", "model_type", "id2label", "layer_types"),
    *("tie_word_embeddings", "max_position_embeddings", "num_hidden_layers", "attn_implementation", "hidden_act"),
    *("sliding_window", "num_experts", "vocab_size", "pad_token_id", "is_decoder", "use_cache", "output_hidden_states"),
)
CONTAINERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("round_to_nearest", {"format": "int4", "group_size": 32}),
    ("round_to_nearest", {"format": "int8", "granularity": "channel", "activations": "int8"}),
    ("nf4", {}),
    ("svd", {"text": "sample", "num_samples": 2, "sequence_length": 32}),
    ("one_shot_pruning", {"text": "sample", "num_samples": 2, "sequence_length": 32}),
)
CHATS = (
    "{{ messages[0].content * 10000000 }}",
    "{{ messages[0] | tojson }}",
    "{% for a in range(9) %}{{ loop.cycle(messages) }}{% endfor %}",
    "{{ raise_exception('no') }}",
    "{% set x = namespace(a=1) %}{{ x.__class__ }}",
    "{{ '%999999999d' % 1 }}",
    "{% include '/etc/passwd' %}",
    "{{ messages.clear() }}",
)
MIXED: dict[str, Any] = {"method": "gguf_quants", "title": "GGUF", "settings": {"type": "Q4_0", "num_samples": 4}}
HISTORY_NAMES = ("method", "title", "origin", "settings", "details", "model", "type", "text", "num_samples", "revision")
TEXT = "All happy families are alike; each unhappy family is unhappy in its own way."


@functools.cache
def place() -> Path:
    """Where whole models lie that cases copy; made before children are forked."""
    return Path(tempfile.mkdtemp(prefix="hostile-base-"))


@functools.cache
def base(kind: str) -> Path:
    """A whole tiny model."""
    return tiny_model(kind, place() / kind)


@functools.cache
def gguf_file(kind: str) -> Path:
    """The same as GGUF."""
    return write_gguf(kind, base(kind), place() / f"{kind}.gguf")


@functools.cache
def all_blocks() -> Path:
    """A GGUF file whose linears have ggml's block formats, one each."""
    return write_gguf("wide", base("wide"), place() / "all_blocks.gguf", types=tuple(FORMATS))


@functools.cache
def containers() -> tuple[Path, ...]:
    """Whole artifacts of methods that leave modules of different kinds."""
    found = []
    for number, (method, settings) in enumerate(CONTAINERS):
        folder = place() / f"container{number}"
        try:
            compress(base("llama"), method, settings, folder)
        except Exception as error:
            raise RuntimeError(f"{method} left nothing to damage: {error}") from error
        found.append(folder / "artifact")
    return tuple(found)


def copied(source: Path, folder: Path) -> Path:
    """A copy that a case may damage."""
    return Path(shutil.copytree(source, folder / "m"))


def read_through(model: Model) -> None:
    """Read every tensor."""
    for part in model.parts:
        model.load(part)
        model.free(part)


def safetensors(draw: random.Random, folder: Path) -> None:
    """The header of model.safetensors as JSON or as bytes, its length, or an index."""
    model = copied(base(draw.choice(KINDS[:3])), folder)
    path = model / "model.safetensors"
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    what = draw.choice(("json", "json", "bytes", "length", "index"))
    if what == "json":
        header = text_of(changed_value(draw, json.loads(data[8 : 8 + size]), ("__metadata__",)))
        path.write_bytes(struct.pack("<Q", len(header)) + header + data[8 + size :])
    elif what == "bytes":
        path.write_bytes(changed_bytes(draw, data, 8 + size))
    elif what == "length":
        path.write_bytes(struct.pack("<Q", draw.choice((0, 1, size - 1, size + 1, 2**31, 2**64 - 1))) + data[8:])
    else:
        path.rename(model / "model-00001-of-00001.safetensors")
        names = [name for name in json.loads(data[8 : 8 + size]) if name != "__metadata__"]
        index = {
            "metadata": {"total_size": len(data)},
            "weight_map": dict.fromkeys(names, "model-00001-of-00001.safetensors"),
        }
        (model / "model.safetensors.index.json").write_bytes(text_of(changed_value(draw, index)))
    read_through(open_model(model))


def gguf(draw: random.Random, folder: Path) -> None:
    """Bytes before the tensors of a GGUF file."""
    data = gguf_file(draw.choice(("llama", "gpt2", "qwen3", "gemma2"))).read_bytes()
    path = folder / "m.gguf"
    path.write_bytes(changed_bytes(draw, data, draw.choice((64, 600, 4000))))
    read_through(open_model(path))


def blocks(draw: random.Random, folder: Path) -> None:
    """Bytes anywhere in a GGUF file that has all block formats; some of what can be read is rounded to another one."""
    data = all_blocks().read_bytes()
    head = draw.choice((0, 0, len(data) - 800_000))
    path = folder / "m.gguf"
    path.write_bytes(data[:head] + changed_bytes(draw, data[head:], 12_000 if not head else len(data) - head))
    read_through(open_model(path))
    if draw.random() < 0.2:
        kind = draw.choice(("Q2_K", "Q3_K_S", "Q4_K_S", "Q5_K_S", "Q6_K", "IQ4_XS", "IQ3_S"))
        compress(path, "gguf_quants", {"type": kind, "method": "nearest", "importance": "none"}, folder / "again")


def config(draw: random.Random, folder: Path) -> None:
    """Values of config.json."""
    model = copied(base(draw.choice(KINDS)), folder)
    path = model / "config.json"
    values = json.loads(path.read_text("utf-8"))
    if draw.random() < 0.15:
        from transformers import CONFIG_MAPPING

        values["model_type"] = draw.choice(sorted(CONFIG_MAPPING))
        values.pop("architectures", None)
    path.write_bytes(text_of(changed_value(draw, values, CONFIG_NAMES)))
    read_through(open_model(model))


def tokenizer(draw: random.Random, folder: Path) -> None:
    """tokenizer.json, tokenizer_config.json, and a chat template."""
    model = copied(base("llama"), folder)
    for name in draw.choice(
        (("tokenizer.json",), ("tokenizer_config.json",), ("tokenizer.json", "tokenizer_config.json"))
    ):
        values = json.loads((model / name).read_text("utf-8"))
        if name == "tokenizer.json":  # the vocabulary is most of it, and least of what can go wrong
            values["added_tokens"] = (
                changed_value(draw, values["added_tokens"]) if draw.random() < 0.3 else values["added_tokens"]
            )
            part = draw.choice(
                ("pre_tokenizer", "decoder", "post_processor", "normalizer", "model", "truncation", "padding")
            )
            values[part] = changed_value(draw, values.get(part))
        else:
            values = changed_value(draw, values, ("chat_template", "auto_map", "model_max_length", "tokenizer_class"))
        (model / name).write_bytes(text_of(values))
    if draw.random() < 0.1:
        (model / "chat_template.jinja").write_text(draw.choice(CHATS), "utf-8")
    found = load_tokenizer(model)
    ids = found(TEXT, verbose=False)["input_ids"]
    found.decode(ids[:20])
    record_tokens(found, {"prompt": "a", "answer": "b"})


def container(draw: random.Random, folder: Path) -> None:
    """compression.json and the parts of an artifact."""
    model = copied(draw.choice(containers()), folder)
    files = sorted(path for path in model.iterdir() if path.suffix in (".json", ".safetensors"))
    path = draw.choice([model / "compression.json"] * 4 + files)
    if path.suffix == ".json":
        described = json.loads(path.read_text("utf-8"))
        if draw.random() < 0.4 and described.get("history"):
            described["history"] = changed_value(draw, [*described["history"], MIXED], HISTORY_NAMES)
        else:
            described = changed_value(draw, described)
        path.write_bytes(text_of(described))
    else:
        path.write_bytes(changed_bytes(draw, path.read_bytes(), 3000))
    opened = open_model(model)
    read_through(opened)
    model_card(opened, export_format("dense"), model)
    file_name(opened, "m")
    pooling_of(opened)
    writer = Writer(folder / "m.gguf", "llama")
    add_general(writer, opened, "m")
    opened.ready()


def files(draw: random.Random, folder: Path) -> None:
    """What else may lie in a model's folder: links, folders and pickles in the place of files."""
    import os

    model = copied(base("llama"), folder)
    path = draw.choice(sorted(model.iterdir()))
    what = draw.choice(("link", "dangling", "loop", "folder", "pipe", "pickle", "empty", "gone", "bytes"))
    data = path.read_bytes()
    path.unlink()
    if what == "link":
        path.symlink_to(draw.choice(("/dev/zero", "/etc/passwd", "/proc/self/mem", str(folder))))
    elif what == "dangling":
        path.symlink_to(folder / "nowhere")
    elif what == "loop":
        path.symlink_to(path)
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "pickle":
        (model / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n")
    elif what == "empty":
        path.write_bytes(b"")
    elif what == "bytes":
        path.write_bytes(changed_bytes(draw, data))
    header = read_header(model)
    assert header.companions is not None
    read_through(open_model(model))
    load_tokenizer(model)
