"""Models that another program quantized: opened, read as that program reads them, and kept as they came where no block
changes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, Mxfp4Config

from engine.base.errors import BadInput
from engine.checkpoints import packed as packed_tensors
from engine.checkpoints.checkpoint import read_header
from engine.checkpoints.container import read_description
from engine.checkpoints.packed import PackedTensor, unpacked
from engine.export.registry import export_format
from engine.models.model import Model
from engine.models.source import open_model
from engine.numerics.ggml.quantize import quantize
from engine.testing.models import tiny_model, with_mxfp4
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
INT4: dict[str, Any] = {"format": "int4", "group_size": 32}
FORMS = [
    ("gptq", "round_to_nearest", {**INT4, "symmetric": False}, "GPTQ (int4)"),
    ("awq", "round_to_nearest", {**INT4, "symmetric": False}, "AWQ (int4)"),
    ("compressed-tensors", "round_to_nearest", {**INT4, "symmetric": False}, "compressed-tensors (int4)"),
    ("compressed-tensors", "round_to_nearest", {"format": "float8_e4m3", "granularity": "channel"},
     "compressed-tensors (float8)"),
    ("compressed-tensors", "round_to_nearest", {"format": "int8", "granularity": "channel", "activations": "int8"},
     "compressed-tensors (int8)"),
    ("bitsandbytes", "nf4", {"block_size": 32}, "bitsandbytes (nf4)"),
    ("gguf", "gguf_quants", {"type": "Q4_0", "importance": "none"}, "GGUF (Q4_0"),
]  # fmt: skip


def exported(form: str, source: Path, folder: Path) -> Path:
    entry = export_format(form)
    entry.write(open_model(source), folder, entry.options(), lambda *_: None)
    return next(folder.glob("*.gguf")) if form == "gguf" else folder


def told_truly(model: Model) -> int:
    """How many tensors are packed: each says the shape of what it stands for, and knows that from anything else."""
    found = [packed for name in model.source.names() if (packed := model.source.packed(name)) is not None]
    for packed in found:
        dense = packed.dense()
        assert packed.shape == tuple(dense.shape) and packed.stands_for(dense)
        assert not packed.stands_for(dense.t().contiguous() if dense.shape[0] != dense.shape[1] else dense[:-1])
        dense[-1, -1] += 1
        assert not packed.stands_for(dense)
    return len(found)


def test_blocks_are_unpacked_some_rows_at_a_time_to_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an embedding of a hundred thousand words takes in float32 is not there twice."""
    asked: list[int] = []

    def counted(layout: str, tensors: dict[str, torch.Tensor], options: dict[str, Any]) -> torch.Tensor:
        asked.append(len(tensors["blocks"]))
        return unpacked(layout, tensors, options)

    monkeypatch.setattr(packed_tensors, "unpacked", counted)
    monkeypatch.setattr(packed_tensors, "AT_ONCE", 256)
    weight = torch.randn(30, 64, generator=torch.Generator().manual_seed(0))
    blocks = quantize(weight, "Q8_0")
    packed = PackedTensor("ggml", {"blocks": blocks}, (30, 64), {"type": "Q8_0"}, "Q8_0")
    assert packed.stands_for(unpacked("ggml", packed.tensors, packed.options))
    assert max(asked) == 4 and sum(asked) == 30


@pytest.mark.parametrize(("form", "method", "settings", "words"), FORMS, ids=lambda x: x if isinstance(x, str) else "")
def test_opened_as_it_is_and_kept_where_nothing_changes_it(
    form: str, method: str, settings: dict[str, Any], words: str, tiny: Tiny, tmp_path: Path
) -> None:
    compress(tiny("llama"), method, settings, tmp_path / "a")
    made = tmp_path / "a" / "artifact"
    folder = exported(form, made, tmp_path / "out")
    opened = open_model(folder)
    assert opened.header.came_packed.startswith(words)
    assert opened.header.parameters == open_model(tiny("llama")).header.parameters
    assert "quantization_config" not in opened.config and not opened.compressed()
    before = {name: opened.source.load(name) for name in opened.source.names()}
    assert all(torch.equal(t.float(), before[n].float()) for n, t in export_format("container").read(made))
    assert told_truly(opened) >= 14
    # a block that leaves the down projections: those stay in the form in which they came
    compress(folder, "round_to_nearest", {"format": "int8", "group_size": 32, "ignore": ("down",)}, tmp_path / "b")
    artifact = tmp_path / "b" / "artifact"
    down = {f"model.layers.{index}.mlp.down_proj.weight" for index in range(2)}
    assert down <= set(read_description(artifact)["packed"])
    again = open_model(artifact)
    assert all(torch.equal(again.source.load(name), before[name]) for name in down)
    there, here = ({t.name: t.nbytes for t in model.header.tensors} for model in (opened, again))
    assert all(here[name] == there[name] for name in down)
    assert torch.isfinite(logits(artifact)).all()
    if form == "gguf":  # its blocks go on to the next file as they are, also where nobody knows where they came from
        written = open_model(exported("gguf", artifact, tmp_path / "again")).header.tensors
        assert {t.name for t in written if t.dtype == "Q4_0"} == down


def test_a_damaged_word_of_what_is_kept_is_noticed(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", INT4, tmp_path / "a")
    folder = exported("gptq", tmp_path / "a" / "artifact", tmp_path / "out")
    compress(folder, "round_to_nearest", {**INT4, "ignore": ("down",)}, tmp_path / "b")
    file = tmp_path / "b" / "artifact" / "compression.json"
    described = json.loads(file.read_text())
    next(iter(described["packed"].values())).pop("layout")
    file.write_text(json.dumps(described))
    with pytest.raises(BadInput, match="description is damaged"):
        open_model(file.parent)


@pytest.fixture(scope="module")
def gpt_oss(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny gpt-oss as it is published: experts in MXFP4, two tensors each."""
    return with_mxfp4(tiny_model("gpt_oss", tmp_path_factory.mktemp("gpt_oss") / "m", dtype=torch.bfloat16))


def test_mxfp4_is_read_as_transformers_reads_it(gpt_oss: Path, tmp_path: Path) -> None:
    opened = open_model(gpt_oss)
    assert opened.header.came_packed == "MXFP4 (mxfp4)"
    assert told_truly(opened)
    stock = AutoModelForCausalLM.from_pretrained(
        gpt_oss, dtype=torch.float32, quantization_config=Mxfp4Config(dequantize=True)
    )
    tokens = torch.arange(48).view(2, 24) * 7 % 250
    with torch.no_grad():
        expected = stock(input_ids=tokens).logits
    torch.testing.assert_close(logits(opened), expected, rtol=0, atol=1e-4 * float(expected.abs().max()))
    compress(gpt_oss, "round_to_nearest", {**INT4, "ignore": ("expert_down",)}, tmp_path)
    again = open_model(tmp_path / "artifact")
    kept = [t for t in again.header.tensors if "down_proj" in t.name and t.dtype == "mxfp4"]
    assert len(kept) == 8 and sum(t.nbytes for t in kept) * 32 == 17 * sum(t.shape[0] * t.shape[1] for t in kept)
    assert all(torch.equal(again.source.load(t.name), opened.source.load(t.name)) for t in kept)


def test_float8_blocks_and_groups_in_any_order(tiny: Tiny, tmp_path: Path) -> None:
    """DeepSeek-V3's float8 with scales of blocks, and GPTQ's g_idx, against sums by hand."""
    from engine.numerics.quantization.checkpoint_layouts import scaled_integers

    codes = torch.arange(1, 31).view(5, 6).to(torch.float8_e4m3fn)
    scales = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    found = scaled_integers(codes, scales, block=(2, 4))
    assert found[4, 5] == codes[4, 5].float() * 6 and found[3, 3] == codes[3, 3].float() * 3
    groups = torch.tensor([1, 0, 1, 0, 1, 0])
    integers = torch.ones(2, 6, dtype=torch.int8)
    found = scaled_integers(integers, torch.tensor([[2.0, 3.0], [5.0, 7.0]]), torch.tensor([[1, 2], [0, 3]]), groups)
    assert found[0].tolist() == [-3, 0, -3, 0, -3, 0] and found[1].tolist() == [-14, 5, -14, 5, -14, 5]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"quant_method": "hqq"}, r"can't be read \(hqq\).*known are gptq, awq"),
        ({"quant_method": "gptq"}, "holds no packed tensor"),
        ({"quant_method": "awq", "version": "gemv"}, "gemv, not gemm"),
        ("all of it", "not a JSON object"),
    ],
)
def test_layouts_that_can_not_be_read(said: Any, sentence: str, tiny: Tiny, tmp_path: Path) -> None:
    folder = tiny_model("llama", tmp_path / "m")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "quantization_config": said}))
    with pytest.raises(BadInput, match=sentence):
        read_header(folder)
