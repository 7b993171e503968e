"""GGUF quants: llama.cpp's mixes, the importance matrix, GPTQ, what is left alone."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import gguf
import numpy as np
import pytest
import torch
from gguf_files import write_gguf

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.base.errors import BadInput
from engine.calibration import imatrix
from engine.calibration.tokens import calibration_tokens
from engine.contracts.events import Log
from engine.export.verification.check import export
from engine.methods.quantization.gguf_quants.method import GgufQuants, GgufRun
from engine.methods.quantization.gguf_quants.mixes import BASES, BLOCKS, TYPES, choices
from engine.methods.quantization.gguf_quants.settings import End, GgufQuantsSettings
from engine.models.layer import stored_weight
from engine.models.source import open_model
from engine.modules.ggml import GgmlWeight
from engine.numerics.column_walk import relative_error
from engine.numerics.ggml.codebooks import CODEBOOKS
from engine.numerics.ggml.gptq import gptq
from engine.numerics.ggml.layouts import FORMATS, dequantize
from engine.numerics.ggml.quantize import quantize
from engine.testing.models import KINDS, with_merges
from engine.testing.stage import RecordingStage, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {"type": "Q4_0", "text": TEXT, "num_samples": 8, "sequence_length": 32}
MATRIX_KINDS = tuple(kind for kind in KINDS if kind != "odd")


def settings(**values: Any) -> GgufQuantsSettings:
    return GgufQuantsSettings.parse({"text": TEXT, "num_samples": 4, "sequence_length": 32, **values})


def anatomy_of(layers: int, hidden: int = 1024, *, groups: int = 1, tied: bool = False) -> Anatomy:
    """A decoder of Llama's roles with an MLP of twice its width."""
    roles = ("q", "k", "v", "o", "gate", "up", "down")
    made = []
    for index in range(layers):
        linears = tuple(
            Linear(f"l.{index}.{x}", x, index, hidden * (1 + (x == "down")), hidden, False, False, x)  # type: ignore[arg-type]
            for x in roles
        )
        made.append(Layer(index, f"l.{index}", linears, {}))
    return Anatomy("decoder", tuple(made), ("embed",), "head", tied, None, hidden, 8, 8 // groups, 64, 2 * hidden, 100)


def chosen(anatomy: Anatomy, mix: str, **more: Any) -> dict[str, str]:
    linears = {linear.name: linear for linear in anatomy.linears}
    found = choices(anatomy, mix, **{"has_matrix": True, "linears": linears, **more})
    return {name: choice.type for name, choice in found.items()}


# -- types -------------------------------------------------------------------------------------------------------------
def test_more_bits_where_llama_cpp_gives_them() -> None:
    """Q4_K_M: values and down projections of the first eighth, the last, and every third between."""
    found = chosen(anatomy_of(16), "Q4_K_M")
    for role in ("v", "down"):
        more = [index for index in range(16) if found[f"l.{index}.{role}"] == "Q6_K"]
        assert more == [0, 1, 4, 7, 10, 13, 14, 15]
    assert {found[f"l.{index}.{role}"] for index in range(16) for role in ("q", "k", "o", "gate", "up")} == {"Q4_K"}
    assert (found["embed"], found["head"]) == ("Q4_K", "Q6_K")


@pytest.mark.parametrize(
    ("mix", "first", "later"),
    [
        ("Q2_K", {"v": "Q4_K", "down": "Q3_K", "o": "Q3_K", "q": "Q2_K"}, {"v": "Q4_K", "down": "Q3_K"}),
        ("Q3_K_M", {"v": "Q5_K", "down": "Q5_K", "o": "Q4_K", "q": "Q3_K"}, {"v": "Q4_K", "down": "Q4_K"}),
        ("Q3_K_L", {"v": "Q5_K", "down": "Q5_K", "o": "Q5_K", "q": "Q3_K"}, {"v": "Q5_K", "down": "Q5_K"}),
        ("Q4_K_S", {"v": "Q5_K", "down": "Q5_K", "o": "Q4_K", "q": "Q4_K"}, {"v": "Q4_K", "down": "Q4_K"}),
        ("Q4_0", {"v": "Q4_0", "down": "Q4_1", "o": "Q4_0", "q": "Q4_0"}, {"v": "Q4_0", "down": "Q4_0"}),
        ("IQ3_XXS", {"v": "Q4_K", "o": "IQ3_S", "q": "IQ2_S", "k": "IQ2_S", "up": "IQ3_XXS"}, {"down": "IQ3_XXS"}),
        ("IQ3_XS", {"v": "Q4_K", "q": "IQ3_XXS", "up": "IQ3_S", "down": "IQ3_S"}, {"up": "IQ3_XXS", "gate": "IQ3_XXS"}),
        ("IQ3_M", {"v": "Q4_K", "o": "Q4_K", "q": "IQ3_S", "down": "Q4_K"}, {"down": "IQ3_S"}),
        ("IQ2_XS", {"v": "Q4_K", "o": "IQ2_XS", "down": "Q2_K"}, {"down": "IQ2_XS", "q": "IQ2_XS"}),
        ("IQ2_S", {"v": "Q4_K", "o": "IQ3_S", "down": "IQ3_S"}, {"down": "IQ2_XS", "q": "IQ2_XS"}),
        ("IQ2_M", {"v": "Q4_K", "o": "IQ3_S", "down": "IQ3_S"}, {"down": "IQ2_S", "q": "IQ2_S"}),
        ("IQ4_XS", {"v": "Q5_K", "down": "IQ4_XS", "o": "IQ4_XS"}, {"v": "Q5_K", "down": "IQ4_XS"}),
    ],
)
def test_mixes(mix: str, first: dict[str, str], later: dict[str, str]) -> None:
    found = chosen(anatomy_of(16, groups=4), mix)
    assert {role: found[f"l.0.{role}"] for role in first} == first
    assert {role: found[f"l.5.{role}"] for role in later} == later


def test_rows_that_256_does_not_divide() -> None:
    found = chosen(anatomy_of(2, hidden=576, tied=True), "Q4_K_M")
    assert found["l.0.q"] == "Q5_0" and found["embed"] == "Q8_0"
    assert chosen(anatomy_of(2, hidden=576), "Q3_K_S")["l.0.q"] == "Q4_0"
    assert chosen(anatomy_of(2, hidden=60), "Q4_0")["l.0.q"] == ""


def test_overrides_and_ends() -> None:
    found = chosen(
        anatomy_of(4),
        "Q4_K_S",
        overrides={r"blk\.1\.ffn_down": "Q8_0", "ffn": "Q2_K"},
        embedding="stored",
        output="Q5_K",
    )
    assert (found["l.1.down"], found["l.2.down"], found["l.2.q"]) == ("Q8_0", "Q2_K", "Q4_K")
    assert (found["embed"], found["head"]) == ("", "Q5_K")
    with pytest.raises(BadInput, match="PATTERN=TYPE"):
        settings(tensor_types=("ffn_down=Q9",))
    with pytest.raises(BadInput, match="regular expression"):
        settings(tensor_types=("(=Q8_0",))


def test_the_words_of_mixes_types_and_layouts_are_the_same() -> None:
    assert set(get_args(GgufQuantsSettings.model_fields["type"].annotation)) == set(BASES)
    assert set(get_args(End)) == {"mix", "stored", *TYPES}
    assert {name: FORMATS[name].size for name in TYPES} == BLOCKS


# -- rounding ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["nearest", "gptq"])
def test_what_is_measured_is_what_is_written(method: str, tiny: Tiny, tmp_path: Path) -> None:
    """In every format the file's blocks mean the artifact's weights to the bit, and llama.cpp says what the artifact
    says. One model has them all: each takes seconds to verify, and what is wrong in one tensor shows in the logits."""
    is_wide = method == "nearest"
    source = with_merges(tiny("wide" if is_wide else "llama"), tmp_path / "source")
    stems = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    tensors = [f"blk.{layer}.{stem}.weight" for layer in range(3) for stem in stems]
    wanted = dict(zip(tensors, FORMATS if is_wide else ("Q5_1",), strict=False))
    assert len(wanted) == (len(FORMATS) if is_wide else 1)
    given = tuple(f"{re.escape(name)}={kind}" for name, kind in wanted.items())
    compress(source, "gguf_quants", settings(type="Q4_0", method=method, tensor_types=given).model_dump(), tmp_path)
    verified = export(tmp_path / "artifact", "gguf", tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    assert verified.metrics["size_bytes"] == verified.metrics["expected_bytes"]
    assert verified.metrics.get("kl_divergence", 0.0) < 1e-5
    (file,) = (tmp_path / "out").glob("*.gguf")
    types = {tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(file).tensors}
    assert {name: types[name] for name in wanted} == wanted
    assert types["token_embd.weight"] == ("Q6_K" if is_wide else "Q8_0")
    model = open_model(tmp_path / "artifact").load()
    read = open_model(file)
    for name, module in model.compressed().items():
        if isinstance(module, GgmlWeight):
            assert torch.equal(read.source.load(f"{name}.weight"), module.dense_weight()), name


@pytest.mark.parametrize("kind", ["llama", "llama_untied"])
def test_gptq_solves_the_table_that_the_head_reads(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """On what reaches the head; an embedding of its own is rounded to nearest."""
    model = open_model(tiny(kind)).load(dtype=torch.float32)
    states: list[torch.Tensor] = []
    model.get(str(model.anatomy.head)).register_forward_pre_hook(lambda _, inputs: states.append(inputs[0][0]))
    values = {**MATRIX_SETTINGS, "token_embedding_type": "Q4_0", "output_tensor_type": "Q4_0"}
    tokens = calibration_tokens(model, settings(**values), RecordingStage(tmp_path / "tokens"))
    with torch.no_grad():
        for sample in tokens:
            model.module(input_ids=sample[None])
    gram = torch.cat(states).T @ torch.cat(states)
    errors: dict[str, dict[str, float]] = {}
    for way in ("nearest", "gptq"):
        compress(tiny(kind), "gguf_quants", {**values, "method": way}, tmp_path / way)
        result = open_model(tmp_path / way / "artifact").load()
        table = model.anatomy.embeddings[0] if model.anatomy.tied else str(model.anatomy.head)
        for name in {model.anatomy.embeddings[0], table}:
            weights = (stored_weight(one.get(name)).float() for one in (model, result))
            errors.setdefault(name, {})[way] = relative_error(*weights, gram)
    assert errors[table]["gptq"] < 0.8 * errors[table]["nearest"]
    if not model.anatomy.tied:
        assert errors[model.anatomy.embeddings[0]]["gptq"] == errors[model.anatomy.embeddings[0]]["nearest"]


def test_gptq_leaves_less_than_nearest() -> None:
    """On what the layers give, with inputs that depend on each other."""
    generator = torch.Generator().manual_seed(0)
    mixing = torch.randn(256, 256, generator=generator) * torch.rand(256, 1, generator=generator)
    inputs = torch.randn(2048, 256, generator=generator) @ mixing
    weight, gram = torch.randn(64, 256, generator=generator), inputs.T @ inputs
    for name in ("Q4_0", "Q4_1", "Q2_K", "Q3_K", "Q4_K", "IQ4_XS", *CODEBOOKS):
        layout = FORMATS[name]
        solved = gptq(weight, gram.clone(), layout, damping=0.01)
        nearest = relative_error(weight, dequantize(quantize(weight, layout, gram.diagonal()), layout), gram)
        assert solved.error < 0.8 * nearest
        assert solved.error == pytest.approx(
            relative_error(weight, dequantize(solved.quantized.codes, layout), gram), rel=0.02
        )


@pytest.mark.parametrize("name", ["Q4_1", *CODEBOOKS])
def test_a_grid_survives_gptq(name: str) -> None:
    layout = FORMATS[name]
    generator = torch.Generator().manual_seed(0)
    weight = dequantize(quantize(torch.randn(16, 256, generator=generator), layout), layout)
    inputs = torch.randn(512, 256, generator=generator)
    solved = gptq(weight, inputs.T @ inputs, layout, damping=0.1)
    assert torch.equal(dequantize(solved.quantized.codes, layout), weight)


@pytest.mark.parametrize("name", CODEBOOKS)
def test_points_share_their_signs_and_leave_pruned_weights_small(name: str) -> None:
    """Where the eighth sign follows from seven it is chosen, not found out when the file is read; what a mask takes
    is wanted to be zero."""
    book = CODEBOOKS[name]
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(1024, 512, generator=generator)
    weight, gram = torch.randn(24, 512, generator=generator), inputs.T @ inputs
    mask = torch.rand(24, 512, generator=generator) > 0.5
    solved = gptq(weight, gram.clone(), book, damping=0.1, mask=mask)
    held = book.split(solved.quantized.codes.view(-1, book.nbytes))
    if book.even:
        assert not (held.negative.view(-1, 8).sum(1) % 2).any()
    made = dequantize(solved.quantized.codes, book)
    assert made[~mask].abs().mean() < 0.6 * made[mask].abs().mean()
    assert torch.equal(book.join(held).view(24, -1), solved.quantized.codes)


@pytest.mark.parametrize("method", ["nearest", "gptq"])
def test_what_has_its_type_already_is_taken_over(
    method: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is searched, and the very blocks of the file come back, those of the embedding too."""
    file = write_gguf("llama", tiny("llama"), tmp_path / "model.gguf", "Q8_0")

    def search(*_: Any) -> torch.Tensor:
        raise AssertionError("a weight was searched")

    place = "engine.methods.quantization.gguf_quants.method"
    for name in (f"{place}.quantize", "engine.numerics.ggml.gptq.quantize"):
        monkeypatch.setattr(name, search)
    monkeypatch.setattr(f"{place}.calibration_tokens", lambda *_: torch.arange(64).view(2, 32))  # it has no tokenizer
    given = settings(type="Q8_0", method=method, importance="none" if method == "nearest" else "text")
    compress(file, "gguf_quants", given.model_dump(), tmp_path / "run")
    source = open_model(file).source
    found = open_model(tmp_path / "run" / "artifact").load().compressed()
    blocks = {name: module.blocks for name, module in found.items() if isinstance(module, GgmlWeight)}
    assert len(blocks) == 15
    for name, each in blocks.items():
        packed = source.packed(f"{name}.weight")
        assert packed is not None and torch.equal(each, packed.tensors["blocks"]), name


def test_a_weight_that_was_changed_is_searched_again(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(write_gguf("llama", tiny("llama"), tmp_path / "model.gguf", "Q8_0"))
    run = GgufRun(model, settings(type="Q8_0", method="nearest"), RecordingStage(tmp_path / "stage"))
    first, second, *_ = run.linears
    assert run.as_it_came(first) is not None  # not loaded yet
    model.load()
    model.get(first).weight.data[0, 0] += 1
    model.get(second).weight.data = model.get(second).weight.data.half().double()
    assert run.as_it_came(first) is None and run.as_it_came(second) is None
    assert all(run.as_it_came(name) is not None for name in [*run.linears][2:])


# -- importance matrix -------------------------------------------------------------------------------------------------
def test_an_importance_matrix_is_written_and_read_again(tiny: Tiny, tmp_path: Path) -> None:
    file = tmp_path / "matrix.gguf"
    gathered = settings(type="Q4_0", method="nearest", save_imatrix=str(file))
    compress(tiny("llama"), "gguf_quants", gathered.model_dump(), tmp_path / "one")
    keys = gguf.GGUFReader(file).fields
    assert keys["general.type"].contents() == "imatrix" and keys["imatrix.chunk_size"].contents() == 32
    given = settings(type="Q4_0", method="nearest", importance="file", imatrix=str(file))
    stage = compress(tiny("llama"), "gguf_quants", given.model_dump(), tmp_path / "two")
    assert not [event for event in stage.events if isinstance(event, Log) and "does not fit" in event.text]
    one, two = (open_model(tmp_path / name / "artifact").load().compressed() for name in ("one", "two"))
    for name, module in one.items():
        if isinstance(module, GgmlWeight):
            assert torch.equal(module.blocks, two[name].blocks), name


def test_gptq_saves_the_matrix_of_the_model_as_it_came(tiny: Tiny, tmp_path: Path) -> None:
    files = {way: tmp_path / f"{way}.gguf" for way in ("nearest", "gptq")}
    for way, file in files.items():
        given = settings(type="Q4_0", method=way, save_imatrix=str(file))
        compress(tiny("llama"), "gguf_quants", given.model_dump(), tmp_path / way)
    found, same = (imatrix.read(file) for file in files.values())
    assert len(found) == 15 and "token_embd.weight" in found and set(found) == set(same)
    assert all(torch.equal(found[name], same[name]) for name in found)


def test_what_an_older_file_says_of_itself(tmp_path: Path) -> None:
    """Chunks and data set stand behind the entries, but in the oldest files."""
    values, name, text = np.arange(1, 5, dtype="<f4"), b"blk.0.attn_q.weight", b"wiki.train.raw"
    entry = struct.pack("<i", len(name)) + name + struct.pack("<ii", 2, 4) + values.tobytes()
    file = tmp_path / "imatrix.dat"
    file.write_bytes(struct.pack("<i", 1) + entry)
    assert imatrix.facts(file) == imatrix.Facts("", 0, 1)
    file.write_bytes(struct.pack("<i", 1) + entry + struct.pack("<ii", 125, len(text)) + text)
    assert imatrix.facts(file) == imatrix.Facts("wiki.train.raw", 125, 1)
    assert torch.equal(imatrix.read(file)["blk.0.attn_q.weight"], torch.from_numpy(values / 2))
    energies = {"blk.0.attn_q.weight": torch.ones(4), "blk.0.attn_k.weight": torch.ones(4)}
    imatrix.write(tmp_path / "matrix.gguf", energies, text="fox.txt", chunks=3, chunk_size=8)
    assert imatrix.facts(tmp_path / "matrix.gguf") == imatrix.Facts("fox.txt", 3, 2)


def test_the_older_file(tmp_path: Path) -> None:
    values = np.arange(1, 5, dtype="<f4")
    name = b"blk.0.attn_q.weight"
    entry = struct.pack("<i", len(name)) + name + struct.pack("<ii", 2, 4) + values.tobytes()
    file = tmp_path / "imatrix.dat"
    file.write_bytes(struct.pack("<i", 1) + entry + struct.pack("<i", 2))
    assert torch.equal(imatrix.read(file)["blk.0.attn_q.weight"], torch.from_numpy(values / 2))
    for broken in (b"", b"\xff" * 64, entry, struct.pack("<i", 1) + entry[:30], b"GGUF" + bytes(20)):
        file.write_bytes(broken)
        with pytest.raises(BadInput, match="not an importance matrix"):
            imatrix.read(file)


def test_what_is_wrong_is_said(tiny: Tiny) -> None:
    odd = open_model(tiny("odd")).anatomy
    (error,) = GgufQuants().check(odd, settings(type="Q4_0"))
    assert error.severity == "error" and "no block of 32" in error.message
    llama = open_model(tiny("llama")).anatomy
    (missing,) = GgufQuants().check(llama, settings(method="nearest", importance="file"))
    assert missing.severity == "error"
    assert not GgufQuants().check(llama, settings())
    small = anatomy_of(2, hidden=256)
    (blind,) = GgufQuants().check(small, settings(type="IQ2_XS", method="nearest", importance="none"))
    assert blind.severity == "error" and "IQ2_XS needs an importance matrix" in blind.message
    assert not GgufQuants().check(small, settings(type="IQ2_XS", method="nearest"))
    assert not GgufQuants().check(small, settings(type="IQ3_S", method="nearest", importance="none"))
