"""GPTQ and AWQ checkpoints, read back word by word as their programs define them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine.base.errors import BadInput
from engine.export.registry import export_format
from engine.export.verification.check import export
from engine.models.source import open_model
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)
"""Where AutoAWQ looks for each of eight outputs."""


def artifact(tiny: Tiny, folder: Path, kind: str = "llama", **settings: Any) -> Path:
    compress(tiny(kind), "round_to_nearest", {"format": "int4", "group_size": 32, **settings}, folder)
    return folder / "artifact"


def bits_at(words: list[int], start: int, bits: int) -> int:
    """An integer out of a stream of int32 words."""
    stream = sum((word & 0xFFFFFFFF) << (32 * index) for index, word in enumerate(words))
    return stream >> start & (1 << bits) - 1


def weight_of(found: dict[str, torch.Tensor], config: dict[str, Any], name: str, at: tuple[int, int]) -> float:
    """One weight (output, input) by the definitions of the two layouts, with plain integers."""
    out, into = at
    words, zeros, scales = (found[f"{name}.{each}"] for each in ("qweight", "qzeros", "scales"))
    bits = config["bits"]
    if config["quant_method"] == "gptq":
        group = int(found[f"{name}.g_idx"][into])
        code = bits_at(words[:, out].tolist(), bits * into, bits)
        zero = bits_at(zeros[group].tolist(), bits * out, bits) + (config["checkpoint_format"] == "gptq")
    else:
        group = into // (config["group_size"] if config["group_size"] > 0 else len(words))
        code, zero = (int(t[out // 8]) >> 4 * AWQ_ORDER[out % 8] & 15 for t in (words[into], zeros[group]))
    return (code - zero) * float(scales[group, out])


@pytest.mark.parametrize(
    ("form", "settings"),
    [
        ("gptq", {}),
        ("gptq", {"symmetric": False}),
        ("gptq", {"format": "int3"}),
        ("gptq", {"format": "int8", "granularity": "channel"}),
        ("awq", {}),
        ("awq", {"symmetric": False, "granularity": "channel"}),
    ],
    ids=str,
)
def test_every_word_is_where_the_programs_look(form: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path) -> None:
    source, folder = artifact(tiny, tmp_path, "qwen2", **settings), tmp_path / "out"
    entry, model = export_format(form), open_model(source)
    promised = entry.expected_bytes(model, entry.options())
    entry.write(model, folder, entry.options(), lambda *_: None)
    assert promised == sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    config = json.loads((folder / "config.json").read_text())["quantization_config"]
    found = load_file(folder / "model.safetensors")
    dense = open_model(source).load().compressed()
    for name in ("model.layers.0.self_attn.k_proj", "model.layers.1.mlp.down_proj"):
        expected = dense[name].dense_weight()
        for at in ((0, 0), (3, 31), (9, 32), (17, 63), (31, 21)):
            assert weight_of(found, config, name, at) == pytest.approx(float(expected[at]), rel=1e-6), at
        assert f"{name}.bias" in found or "q_proj" not in name
    back = dict(entry.read(folder))
    ours = dict(export_format("container").read(source))
    assert set(back) == set(ours)
    for name, tensor in ours.items():
        assert torch.equal(back[name].float(), tensor.float()), name


@pytest.mark.parametrize("form", ["gptq", "awq"])
def test_verified_by_reading_it_back(form: str, tiny: Tiny, tmp_path: Path) -> None:
    verified = export(artifact(tiny, tmp_path), form, tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok and verified.verified_by == "this program" and "vLLM" in verified.advice, verified.sentence


def test_layers_in_other_schemes(tiny: Tiny, tmp_path: Path) -> None:
    """gptqmodel knows them layer by layer; AWQ has one scheme."""
    first = artifact(tiny, tmp_path / "a", ignore=("down", "layers.0.*"))
    ignore = ("q", "k", "v", "o", "gate", "up", "layers.0.*")
    compress(first, "round_to_nearest", {"format": "int4", "group_size": 16, "ignore": ignore}, tmp_path / "b")
    source = tmp_path / "b" / "artifact"
    entry = export_format("gptq")
    entry.write(open_model(source), tmp_path / "out", entry.options(), lambda *_: None)
    dynamic = json.loads((tmp_path / "out" / "config.json").read_text())["quantization_config"]["dynamic"]
    other = r"+:^model\.layers\.1\.mlp\.down_proj$"
    assert dynamic[other] == {"bits": 4, "group_size": 16}
    assert len([pattern for pattern in dynamic if pattern.startswith("-:")]) == 7
    with pytest.raises(BadInput, match="one scheme for all layers"):
        export_format("awq").write(open_model(source), tmp_path / "no", entry.options(), lambda *_: None)


@pytest.mark.parametrize(
    ("form", "settings", "reason"),
    [
        ("gptq", {"format": "nf4"}, "takes int2, int3, int4, int8"),
        ("awq", {"format": "int8"}, "takes int4"),
        ("gptq", {"scale_dtype": "bfloat16"}, "takes float16"),
        ("awq", {"granularity": "tensor"}, "one scale for the whole tensor"),
        ("gptq", {"activations": "int8"}, "rounds its inputs"),
        ("gptq", {"ignore": ("v",)}, "into one matrix"),
        ("awq", {"format": "bfloat16"}, "No linear layer"),
    ],
)
def test_what_can_not_be_expressed(
    form: str, settings: dict[str, Any], reason: str, tiny: Tiny, tmp_path: Path
) -> None:
    source, entry = artifact(tiny, tmp_path, **settings), export_format(form)
    with pytest.raises(BadInput, match=reason):
        entry.write(open_model(source), tmp_path / "out", entry.options(), lambda *_: None)
