"""bitsandbytes: stock transformers loads what is written, and the codes are those that were chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM

from engine.base.errors import BadInput
from engine.export.formats.bitsandbytes import crosses_wrongly
from engine.export.registry import export_format
from engine.export.verification.check import export
from engine.models.source import open_model
from engine.modules.blockwise import BlockwiseLinear
from engine.testing.models import tiny_model
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
BNB = "bitsandbytes"


def written(source: Path, folder: Path) -> Path:
    entry = export_format(BNB)
    model = open_model(source)
    promised = entry.expected_bytes(model, entry.options())
    entry.write(model, folder, entry.options(), lambda *_: None)
    assert promised == sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return folder


def stock(folder: Path, auto: Any = AutoModelForCausalLM) -> tuple[Any, torch.Tensor]:
    """What transformers makes of a folder."""
    module, info = auto.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"]
    module.get_input_embeddings().requires_grad_(True)  # else bitsandbytes rounds scales to bfloat16 on some CPUs
    output = module(input_ids=torch.arange(48).view(2, 24) * 7 % 250)
    return module, (output.logits if "logits" in output else output.last_hidden_state).detach()


@pytest.mark.parametrize(
    "settings",
    [
        {"block_size": 32},
        {"block_size": 32, "double": False},
        {"block_size": 32, "format": "fp4"},
        {"ignore": ("down",)},
    ],
)
def test_blocks(settings: dict[str, Any], tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("qwen2"), "nf4", settings, tmp_path)
    module, found = stock(written(tmp_path / "artifact", tmp_path / "out"))
    torch.testing.assert_close(found, logits(tmp_path / "artifact"), rtol=0, atol=2e-5 * float(found.abs().max()))
    ours = open_model(tmp_path / "artifact").load()
    for name, layer in ours.compressed().items():
        weight = module.get_submodule(name).weight
        assert isinstance(layer, BlockwiseLinear)
        assert torch.equal(weight.data.view(-1), layer.codes) and torch.equal(weight.quant_state.absmax, layer.scales)
    back = dict(export_format(BNB).read(tmp_path / "out"))
    assert all(torch.equal(back[f"{name}.weight"], layer.matrix()) for name, layer in ours.compressed().items())


@pytest.mark.parametrize("kind", ["llama_untied", "gpt2", "bert", "odd"])
def test_other_models(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny(kind), "nf4", {"block_size": 32}, tmp_path)
    auto = AutoModel if kind == "bert" else AutoModelForCausalLM
    _, found = stock(written(tmp_path / "artifact", tmp_path / "out"), auto)
    torch.testing.assert_close(found, logits(tmp_path / "artifact"), rtol=0, atol=2e-5 * float(found.abs().max()))


def test_nf4_by_another_method_is_carried_over(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", {"format": "nf4", "group_size": 32}, tmp_path)
    _, found = stock(written(tmp_path / "artifact", tmp_path / "out"))
    torch.testing.assert_close(found, logits(tmp_path / "artifact"), rtol=0, atol=2e-5 * float(found.abs().max()))


def test_verified_in_a_fresh_process(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "nf4", {"block_size": 32}, tmp_path)
    verified = export(tmp_path / "artifact", BNB, tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    assert verified.metrics["tolerance"] < 0.001


def test_sixteen_bit_models_are_verified(tmp_path: Path) -> None:
    """bitsandbytes unpacks to the dtype of the model: that much may differ."""
    source = tiny_model("llama", tmp_path / "source", dtype=torch.bfloat16)
    compress(source, "nf4", {"block_size": 32}, tmp_path)
    verified = export(tmp_path / "artifact", BNB, tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    assert 0.0001 < verified.metrics["max_relative_difference"] < verified.metrics["tolerance"]


@pytest.mark.parametrize(
    ("method", "settings", "reason"),
    [
        ("round_to_nearest", {"format": "int4", "group_size": 32}, "int4"),
        ("round_to_nearest", {"format": "nf4", "group_size": 16}, "not per block"),
        ("nf4", {"format": "fp4_e2m1"}, "other values than E2M1"),
        ("round_to_nearest", {"format": "bfloat16"}, "No linear layer"),
    ],
)
def test_what_does_not_fit_is_refused(
    method: str, settings: dict[str, Any], reason: str, tiny: Tiny, tmp_path: Path
) -> None:
    compress(tiny("llama"), method, settings, tmp_path)
    with pytest.raises(BadInput, match=reason):
        written(tmp_path / "artifact", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_blocks_over_the_ends_of_rows_are_warned_of(tiny: Tiny, tmp_path: Path) -> None:
    """Where bitsandbytes itself gives something else back than it was given: on some processors."""
    from bitsandbytes import functional as theirs

    weight = torch.randn(64, 96, generator=torch.Generator().manual_seed(0))
    packed, state = theirs.quantize_4bit(weight, blocksize=64, quant_type="nf4")
    wrong = bool(((theirs.dequantize_4bit(packed, state) - weight).abs() > 0.16 * weight.abs().max()).any())
    compress(tiny("llama"), "nf4", {}, tmp_path)
    entry = export_format(BNB)
    warned = any("ends of rows" in p.message for p in entry.check(open_model(tmp_path / "artifact"), entry.options()))
    assert warned is wrong is crosses_wrongly()
