"""GGUF: integers leave as they are, every architecture runs in llama.cpp, tokenizers give the same tokens there."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
import warm_children

from engine.base.errors import BadInput
from engine.contracts.commands import Verified
from engine.export.registry import export_format
from engine.export.verification import llama_cpp
from engine.export.verification.check import export
from engine.models.model import Model
from engine.models.source import open_model
from engine.testing.models import with_merges
from engine.testing.stage import compress

Tiny = Callable[[str], Path]


def written(source: Path, folder: Path, **options: Any) -> Verified:
    return export(source, "gguf", folder, options, lambda *_: None, lambda: None)


def plain_tensors(model: Model) -> dict[str, torch.Tensor]:
    """The dense equals of all that is in a model."""
    model.load()
    found = {}
    for part in model.parts:
        inside = tuple(f"{name}." for name in model.compressed(part))
        found |= {name: tensor for name, tensor in model.tensors(part).items() if not name.startswith(inside)}
        for name, module in model.compressed(part).items():
            found |= {f"{name}.weight": module.dense_weight()}
            if module.packed_tensors().get("bias") is not None:
                found |= {f"{name}.bias": module.packed_tensors()["bias"]}
    return found


KINDS = ["llama", "llama_untied", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "phi3", "gpt2"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_architecture_runs_in_llama_cpp(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """Round to nearest first: its integers lie in the file, and reading it back gives exactly their values."""
    source = with_merges(tiny(kind), tmp_path / "source")
    compress(source, "round_to_nearest", {"format": "int4", "group_size": 32}, tmp_path)
    verified = written(tmp_path / "artifact", tmp_path / "out")
    assert verified.ok, verified.sentence
    assert verified.metrics["size_bytes"] == verified.metrics["expected_bytes"]
    assert verified.metrics["kl_divergence"] < 0.01
    ours = plain_tensors(open_model(tmp_path / "artifact"))
    theirs = dict(export_format("gguf").read(tmp_path / "out"))
    assert set(ours) == set(theirs)
    for name, tensor in ours.items():
        # Gemma's norms are stored as 1 + w
        assert torch.allclose(theirs[name].float(), tensor.float(), rtol=0, atol=3e-7 if "norm" in name else 0), name


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"format": "int4", "group_size": 64, "quantize_head": True, "quantize_embeddings": True}, "Q4_0"),
        ({"format": "int4", "group_size": 32, "symmetric": False}, "Q4_1"),
        ({"format": "int5", "group_size": 32, "symmetric": False, "zero_point": "float"}, "Q5_1"),
        ({"format": "mxfp4"}, "MXFP4"),
        ({"format": "int8", "granularity": "channel"}, "Q8_0"),
        ({"format": "int3", "granularity": "tensor"}, "Q4_0"),
        ({"format": "nf4", "group_size": 32}, "F32"),
        ({"format": "int4", "group_size": 32, "scale_dtype": "float32"}, "F32"),
        ({"format": "int4", "group_size": 16}, "F32"),
        ({"format": "int8", "group_size": 32, "symmetric": False}, "F32"),
    ],
)
def test_what_fits_is_packed_and_the_rest_is_written_out(
    settings: dict[str, Any], kind: str, tiny: Tiny, tmp_path: Path
) -> None:
    compress(tiny("qwen3"), "round_to_nearest", {**settings, "ignore": ("down",)}, tmp_path)
    entry = export_format("gguf")
    model = open_model(tmp_path / "artifact")
    options = entry.options()
    warned = [problem.message for problem in entry.check(model, options)]
    assert any("written out in full" in message for message in warned) is (kind == "F32")
    promised = entry.expected_bytes(model, options)
    entry.write(model, tmp_path / "out", options, lambda *_: None)
    file = tmp_path / "out" / "out.gguf"
    assert file.stat().st_size == promised
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(file).tensors}
    assert tensors["blk.1.attn_q.weight"].tensor_type.name == kind
    assert tensors["blk.1.ffn_down.weight"].tensor_type.name == "F32"
    assert tensors["token_embd.weight"].tensor_type.name == ("Q4_0" if settings.get("quantize_embeddings") else "F32")
    ours, theirs = plain_tensors(open_model(tmp_path / "artifact")), dict(entry.read(tmp_path / "out"))
    rounded = 1e-2 if kind == "Q4_1" else 0
    for name, tensor in theirs.items():
        step = float(ours[name].abs().max())
        assert torch.allclose(tensor.float(), ours[name].float(), rtol=0, atol=rounded * step), name


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_dense_types(dtype: str, tiny: Tiny, tmp_path: Path) -> None:
    verified = written(with_merges(tiny("llama"), tmp_path / "source"), tmp_path / "out", dtype=dtype)
    assert verified.ok, verified.sentence
    kinds = {tensor.tensor_type.name for tensor in gguf.GGUFReader(tmp_path / "out" / "out.gguf").tensors}
    assert kinds == {"F32", {"float16": "F16", "bfloat16": "BF16"}[dtype]}


def test_a_wrong_row_order_is_found_by_llama_cpp(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.export.gguf.tensors._row_order", lambda model, place, count: torch.arange(count))
    verified = written(with_merges(tiny("llama"), tmp_path / "source"), tmp_path / "out")
    assert not verified.ok and "standard deviations" in verified.sentence


def test_another_tokenizer_is_found(tiny: Tiny, tmp_path: Path) -> None:
    """What is known of it is said before; what is wrong is found after."""
    source = with_merges(tiny("llama"), tmp_path / "source")
    data = json.loads((source / "tokenizer.json").read_text("utf-8"))
    data["pre_tokenizer"] = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": False}
    (source / "tokenizer.json").write_text(json.dumps(data), "utf-8")
    entry = export_format("gguf")
    warned = [problem.message for problem in entry.check(open_model(source), entry.options())]
    assert any("cuts a text into words" in message for message in warned)
    verified = written(source, tmp_path / "out")
    assert not verified.ok and "the tokenizer gives other tokens" in verified.sentence


def test_the_reason_of_llama_cpp_is_told(tiny: Tiny, tmp_path: Path) -> None:
    """Its exception says nothing; the tokenizer of the tiny models has no merges."""
    verified = written(tiny("llama"), tmp_path / "out")
    assert not verified.ok and "llama.cpp can't run it: " in verified.sentence
    assert "cannot find tokenizer merges" in verified.sentence


def test_a_reason_that_llama_cpp_logs_after_it_gave_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its log is written by a thread of its own."""
    line = "0.00.001 E llama_model_load: error loading model: no merges\n"
    request = {"tokens": [[1]], "folder": str(tmp_path), "kind": "causal", "text": ""}
    (tmp_path / "request.json").write_text(json.dumps(request), "utf-8")

    def refuse(*_: object) -> None:
        threading.Timer(0.1, lambda: (tmp_path / "log.txt").write_text(line, "utf-8")).start()
        raise RuntimeError("failed")

    monkeypatch.setattr(llama_cpp, "_answer", refuse)
    monkeypatch.setattr(llama_cpp, "_is_there", lambda: True)
    llama_cpp.main(tmp_path)
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["faults"] == ["llama.cpp can't run it: no merges"]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("llama", {"format": "int4", "group_size": 32}),
        ("mixtral", {"format": "int8", "group_size": 32}),
        ("wide", {"format": "Q6_K", "ignore": ["*attn*", "*up*", "*down*"]}),
    ],
)
def test_inputs_are_rounded_as_llama_cpp_does(kind: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path) -> None:
    """What is left of the difference is far below what 8 bits make of the inputs, which a router may turn into another
    expert. In many layers one value falls on the other side, and all that comes after it does too: so of K-quants some
    layers only."""
    source = with_merges(tiny(kind), tmp_path / "source")
    compress(source, "round_to_nearest", settings, tmp_path)
    verified = written(tmp_path / "artifact", tmp_path / "out")
    assert "with inputs of packed layers rounded as llama.cpp does" in verified.sentence
    assert verified.metrics["max_relative_difference"] < 1e-4, verified.sentence


def test_without_llama_cpp_the_file_is_read_back_and_the_sentence_says_so(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text("import sys; sys.modules['xllamacpp'] = None", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hidden"), prepend=os.pathsep)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(warm_children, "VERIFIERS", ("engine.export.verification.llama_cpp",))
    compress(with_merges(tiny("llama"), tmp_path / "source"), "round_to_nearest", {"group_size": 32}, tmp_path)
    packed = written(tmp_path / "artifact", tmp_path / "packed")
    assert packed.ok and packed.metrics["max_relative_difference"] < 1e-4, packed.sentence
    verified = written(tmp_path / "source", tmp_path / "out")
    assert verified.ok, verified.sentence
    assert "checked by this program only" in verified.sentence and "compression-studio[llama]" in verified.sentence
    assert not verified.sentence.startswith("Verified")
    assert verified.verified_by == "this program" and not verified.by_target and "pip install" in verified.advice
    monkeypatch.setattr("engine.export.gguf.tensors._row_order", lambda model, place, count: torch.arange(count))
    wrong = written(tmp_path / "source", tmp_path / "wrong")
    assert not wrong.ok and "standard deviations" in wrong.sentence


@pytest.mark.parametrize(("kind", "reason"), [("opt", "no architecture"), ("gpt_neox", "does not write")])
def test_other_architectures_are_refused(kind: str, reason: str, tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=reason):
        written(tiny(kind), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_stretched_positions(tiny: Tiny, tmp_path: Path) -> None:
    """Llama 3's frequencies; another kind is refused."""
    source = with_merges(tiny("llama"), tmp_path / "source")
    config = json.loads((source / "config.json").read_text("utf-8"))
    rope = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0}
    rope |= {"high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
    (source / "config.json").write_text(json.dumps({**config, "rope_parameters": rope}), "utf-8")
    verified = written(source, tmp_path / "out")
    assert verified.ok, verified.sentence
    config["rope_parameters"] = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 8.0}
    (source / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(BadInput, match="yarn"):
        written(source, tmp_path / "again")
