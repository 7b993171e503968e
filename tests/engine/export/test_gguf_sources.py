"""GGUF files that come from GGUF files, and what they say of where they come from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gguf_files import write_gguf

import engine
from engine.calibration import imatrix
from engine.export.gguf.entries import Entry
from engine.export.gguf.tensors import stored_dtype
from engine.export.registry import export_format
from engine.export.verification.check import export
from engine.methods.quantization.gguf_quants.mixes import TYPES
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import open_model
from engine.record.home import Home
from engine.testing.models import with_merges
from engine.testing.stage import RecordingStage, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")


def written(model: Model | Path, folder: Path, **options: Any) -> dict[str, gguf.ReaderTensor]:
    """The tensors of the file that a model is written to."""
    kind = export_format("gguf")
    opened = open_model(model) if isinstance(model, Path) else model
    chosen = kind.options.parse(options)
    promised = kind.expected_bytes(opened, chosen)
    kind.write(opened, folder, chosen, lambda *_: None)
    (file,) = folder.glob("*.gguf")
    assert file.stat().st_size == promised
    return {tensor.name: tensor for tensor in gguf.GGUFReader(file).tensors}


def after(source: Path, folder: Path, method_id: str, **settings: Any) -> Path:
    """The artifact of a pipeline: the source, then a method."""
    model = open_model(source)
    model.history = ({"method": "model", "settings": {"model": str(source)}},)
    stage = RecordingStage(folder)
    stage.describe_output(model)
    info = method(method_id)
    stage.finish(info.load().apply(model, info.settings.parse(settings), stage))
    return folder / "artifact"


@pytest.mark.parametrize("kind", ["llama", "gpt2", "gemma2"])
def test_a_file_that_no_block_touches_leaves_bit_for_bit(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    source = write_gguf(kind, tiny(kind), tmp_path / "source.gguf", "Q5_1")
    before = {tensor.name: tensor for tensor in gguf.GGUFReader(source).tensors}
    after_ = written(source, tmp_path / "out")
    assert set(before) == set(after_)
    for name, tensor in before.items():
        assert after_[name].tensor_type == tensor.tensor_type and after_[name].data.tobytes() == tensor.data.tobytes()


def test_tensors_that_a_block_leaves_alone_stay_as_they_came(tiny: Tiny, tmp_path: Path) -> None:
    """Rounding of the down projections alone: all else keeps its type and its bytes, through the artifact."""
    source = write_gguf("llama", tiny("llama"), tmp_path / "source.gguf", "Q8_0")
    before = {tensor.name: tensor for tensor in gguf.GGUFReader(source).tensors}
    others = ("q", "k", "v", "o", "gate", "up")
    artifact = after(source, tmp_path, "round_to_nearest", format="int4", group_size=32, ignore=others)
    found = written(artifact, tmp_path / "out")
    for name, tensor in before.items():
        if "ffn_down" in name:
            assert found[name].tensor_type.name == "Q4_0"
        else:
            assert found[name].tensor_type == tensor.tensor_type, name
            assert found[name].data.tobytes() == tensor.data.tobytes(), name
    source.unlink()
    alone = written(artifact, tmp_path / "alone")["blk.0.attn_q.weight"]
    assert alone.tensor_type.name == "Q8_0" and alone.data.tobytes() == before["blk.0.attn_q.weight"].data.tobytes()


def test_stretched_positions_are_those_of_the_file(tiny: Tiny, tmp_path: Path) -> None:
    """Divisors of the rotary frequencies that differ in their last bits from what the config gives."""
    folder = with_merges(tiny("llama"), tmp_path / "source")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    rope = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0}
    rope |= {"high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
    (folder / "config.json").write_text(json.dumps({**config, "rope_parameters": rope}), "utf-8")
    written(folder, tmp_path / "first")
    (file,) = (tmp_path / "first").glob("*.gguf")
    entry = next(tensor for tensor in gguf.GGUFReader(file).tensors if tensor.name == "rope_freqs.weight")
    factors = entry.data.copy()
    factors[1:-1] *= np.float32(1.0001)
    data = bytearray(file.read_bytes())
    data[entry.data_offset : entry.data_offset + factors.nbytes] = factors.tobytes()
    file.write_bytes(data)
    assert written(file, tmp_path / "second")["rope_freqs.weight"].data.tobytes() == factors.tobytes()


def test_a_dtype_that_is_asked_for_is_given(tiny: Tiny, tmp_path: Path) -> None:
    """Packed tensors stay packed, dense ones are cast."""
    source = write_gguf("llama", tiny("llama"), tmp_path / "source.gguf", "F16")
    assert written(source, tmp_path / "out", dtype="bfloat16")["blk.0.attn_q.weight"].tensor_type.name == "BF16"
    assert written(source, tmp_path / "same")["blk.0.attn_q.weight"].tensor_type.name == "F16"


def test_the_same_type_gives_the_same_weights(tiny: Tiny, tmp_path: Path) -> None:
    """Through GPTQ too: what lies on the grid stays on it."""
    source = write_gguf("llama", tiny("llama"), tmp_path / "source.gguf", "Q4_1")
    quants = {"type": "Q4_1", "text": TEXT, "num_samples": 2, "sequence_length": 16, "token_embedding_type": "Q4_1"}
    tokenized = with_merges(tiny("llama"), tmp_path / "tokenizer")
    model = dataclasses.replace(open_model(source), companions=open_model(tokenized).companions)
    stage = RecordingStage(tmp_path)
    stage.describe_output(model)
    info = method("gguf_quants")
    stage.finish(info.load().apply(model, info.settings.parse(quants), stage))
    found, before = open_model(tmp_path / "artifact").load(), open_model(source)
    for name, module in found.compressed().items():
        if module.packed_tensors():
            assert torch.equal(module.dense_weight(), before.source.load(f"{name}.weight").float()), name


@pytest.mark.parametrize("kind", [*TYPES, "F16", "BF16", "F32"])
def test_every_type_has_a_word_for_the_file(kind: str, tiny: Tiny) -> None:
    """Also where no block says which mix it is."""
    entry = Entry("blk.0.attn_q.weight", gguf.GGMLQuantizationType[kind], (256, 256), lambda: torch.empty(0))
    word = gguf.LlamaFileType(stored_dtype(open_model(tiny("llama")), [entry])).name
    assert word.removeprefix("MOSTLY_").removeprefix("ALL_").startswith(kind)


def test_names_and_keys(tiny: Tiny, tmp_path: Path) -> None:
    source = with_merges(tiny("llama"), tmp_path / "Tiny Llama-F16")
    (source / "README.md").write_text("---\nlicense: apache-2.0\n---\n# A model\n", "utf-8")
    quants = {"type": "Q4_0", "method": "nearest", "text": TEXT, "num_samples": 4, "sequence_length": 16}
    model = open_model(source)
    stage = RecordingStage(tmp_path)
    stage.describe_output(model)
    info = method("gguf_quants")
    made = info.load().apply(model, info.settings.parse(quants), stage)
    made.history = (
        {"method": "model", "settings": {"model": str(source)}},
        {"method": "gguf_quants", "settings": info.settings.parse(quants).model_dump()},
    )
    stage.finish(made)
    verified = export(tmp_path / "artifact", "gguf", tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    file = tmp_path / "out" / "Tiny-Llama-Q4_0.gguf"
    keys = {name: entry.contents() for name, entry in gguf.GGUFReader(file).fields.items()}
    assert keys["general.name"] == "Tiny-Llama" and keys["general.license"] == "apache-2.0"
    assert keys["general.file_type"] == gguf.LlamaFileType.MOSTLY_Q4_0
    assert keys["quantize.imatrix.dataset"] == "LICENSE" and keys["quantize.imatrix.chunks_count"] == 4
    assert keys["general.quantized_by"].startswith("Compression Studio")
    assert f"out/{file.name}" in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_where_an_importance_matrix_came_from_is_handed_on(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    """From the file of the matrix, through an artifact, into a GGUF file, and from that into the next."""
    source = with_merges(tiny("llama"), tmp_path / "model")
    matrix = tmp_path / "theirs.gguf"
    gathered = {"type": "Q4_0", "method": "nearest", "text": TEXT, "num_samples": 4, "sequence_length": 16}
    compress(source, "gguf_quants", {**gathered, "save_imatrix": str(matrix)}, tmp_path / "one")
    energies = dict(list(imatrix.read(matrix).items())[:-1])
    imatrix.write(tmp_path / "matrix.gguf", energies, text="wiki.train.raw", chunks=125, chunk_size=512)
    given = {"type": "Q4_0", "method": "nearest", "importance": "file", "imatrix": str(tmp_path / "matrix.gguf")}
    result = compress_and_measure(source, ("gguf_quants", given), home=Home(str(tmp_path / "home")))
    said = {
        "quantize.imatrix.file": "matrix.gguf",
        "quantize.imatrix.dataset": "wiki.train.raw",
        "quantize.imatrix.chunks_count": 125,
        "quantize.imatrix.entries_count": len(energies),
    }
    from_artifact = result.export("gguf", tmp_path / "first", progress=False)
    again = engine.export(next((tmp_path / "first").glob("*.gguf")), "gguf", tmp_path / "second", progress=False)
    assert from_artifact.ok and again.ok, (from_artifact.sentence, again.sentence)
    for folder in ("first", "second"):
        fields = gguf.GGUFReader(next((tmp_path / folder).glob("*.gguf"))).fields
        assert {key: field.contents() for key, field in fields.items() if "imatrix" in key} == said, folder


def compress_and_measure(*arguments: Any, home: Home) -> Any:
    return engine.compress(*arguments, evaluation=None, home=home, device="cpu", progress=False)
