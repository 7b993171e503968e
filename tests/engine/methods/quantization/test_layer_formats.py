"""Formats of their own for some layers: what is asked for is what the layers have, is what the estimate and the exports
say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from engine.base.errors import BadInput
from engine.cli.words import step
from engine.contracts.settings import fields
from engine.export.registry import export_format
from engine.methods.quantization.gptq.settings import GptqSettings
from engine.methods.quantization.round_to_nearest.settings import METHOD, RoundToNearestSettings
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules.quantized import QuantizedLinear, QuantizedWeight
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Scheme
from engine.run.planned_export import planned_problems
from engine.testing.models import tiny_model
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MIXED = ("layers.0.mlp.down_proj=int8", "down=int3", "o=nvfp4", "k=int8")
SHORT: dict[str, Any] = {"text": TEXT, "num_samples": 4, "sequence_length": 32}
WANTED = {"q": "int4", "k": "int8", "v": "int4", "o": "nvfp4", "gate": "int4", "up": "int4"}


def wanted(name: str) -> str:
    """The format of a layer with `MIXED`."""
    role = name.rpartition(".")[2].removesuffix("_proj")
    return WANTED.get(role) or ("int8" if ".layers.0." in name else "int3")


@pytest.mark.parametrize("id", ["round_to_nearest", "gptq", "awq"])
def test_layers_have_the_formats_that_were_asked_for(id: str, tiny: Tiny, tmp_path: Path) -> None:
    """On disk too, in as many bytes as the estimate promised, q and v solved beside a k of 8 bits."""
    info = method(id)
    settings = info.settings.parse(
        {**(SHORT if id != "round_to_nearest" else {}), "group_size": 16, "layer_formats": MIXED}
    )
    source = open_model(tiny("llama"))
    assert not info.load().check(source.anatomy, settings)
    estimate = info.load().estimate(source.header, source.anatomy, settings, torch.device("cpu"))
    stage = compress(tiny("llama"), id, settings.model_dump(), tmp_path)
    model = open_model(tmp_path / "artifact").load()
    made = {name: m for name, m in model.compressed().items() if isinstance(m, QuantizedLinear)}
    assert len(made) == 14
    assert {name: m.scheme.format for name, m in made.items()} == {name: wanted(name) for name in made}
    assert {m.scheme.group_size for m in made.values()} == {16}
    bits = {name: event.metrics["bits_per_weight"] for name, event in stage.layers.items()}
    assert bits["model.layers.0.mlp.down_proj"] > 8 > 5 > bits["model.layers.1.mlp.down_proj"] > 3
    real = sum(file.stat().st_size for file in (tmp_path / "artifact").glob("*.safetensors"))
    assert estimate.disk_bytes == pytest.approx(real, rel=0.02)


@pytest.mark.parametrize("id", ["round_to_nearest", "gptq", "awq"])
def test_exceptions_that_say_what_the_block_says_change_nothing(id: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**(SHORT if id != "round_to_nearest" else {}), "group_size": 16}
    compress(tiny("llama"), id, settings, tmp_path / "a")
    compress(tiny("llama"), id, {**settings, "layer_formats": ("k=int4", "layers.1.*=int4")}, tmp_path / "b")
    assert torch.equal(logits(tmp_path / "a" / "artifact"), logits(tmp_path / "b" / "artifact"))


def test_what_a_layer_is_rounded_to_is_its_own_format(tiny: Tiny, tmp_path: Path) -> None:
    """Also where the block is a plain cast, asymmetric, or searches what the layer's format has not."""
    values = {"format": "bfloat16", "symmetric": False, "group_size": 16, "layer_formats": ["down=int4", "up=nf4"]}
    assert METHOD.traits_of(RoundToNearestSettings.parse(values)) == {"quantized"}
    compress(tiny("llama"), "round_to_nearest", values, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    assert sorted({n.rpartition(".")[2] for n in model.compressed()}) == ["down_proj", "up_proj"]
    before = open_model(tiny("llama")).load()
    for role, scheme in (("down", Scheme("int4", False, "group", 16)), ("up", Scheme("nf4", True, "group", 16))):
        name = f"model.layers.1.mlp.{role}_proj"
        weight = before.get(name).weight.detach()
        assert torch.equal(model.get(name).dense_weight(), dequantize(quantize(weight, scheme), scheme))
    assert model.get("model.layers.0.self_attn.q_proj").weight.dtype == torch.bfloat16


@pytest.mark.parametrize("tied", [True, False])
def test_embedding_and_head_can_have_formats_of_their_own(tied: bool, tiny: Tiny, tmp_path: Path) -> None:
    values: dict[str, Any] = {"quantize_embeddings": True, "quantize_head": True, "group_size": 16}
    values["layer_formats"] = ["embed_tokens=int8", *([] if tied else ["lm_head=int6"])]
    source = open_model(tiny("llama" if tied else "llama_untied"))
    info, chosen = METHOD, RoundToNearestSettings.parse(values)
    assert not info.load().check(source.anatomy, chosen)
    estimate = info.load().estimate(source.header, source.anatomy, chosen, torch.device("cpu"))
    compress(source.header.path, "round_to_nearest", values, tmp_path)
    found = {
        n: m.scheme.format
        for n, m in open_model(tmp_path / "artifact").load().compressed().items()
        if isinstance(m, QuantizedWeight)
    }
    assert found["model.embed_tokens"] == "int8" and found["model.layers.0.mlp.up_proj"] == "int4"
    assert found.get("lm_head") == (None if tied else "int6")
    real = sum(file.stat().st_size for file in (tmp_path / "artifact").glob("*.safetensors"))
    assert estimate.disk_bytes == pytest.approx(real, rel=0.02)


# -- what is refused ---------------------------------------------------------------------------------------------------
def test_words_that_are_no_formats_are_refused_with_what_was_meant() -> None:
    (sentence,) = GptqSettings.problems({"layer_formats": ["down=int44"]}).values()
    assert "'down=int44' names no format (did you mean 'int4'?)" in sentence
    (sentence,) = GptqSettings.problems({"layer_formats": ["down=float16"]}).values()  # GPTQ has no casts
    assert "names no format" in sentence
    (sentence,) = GptqSettings.problems({"layer_formats": ["down"]}).values()
    assert "such as down=int8" in sentence
    with pytest.raises(BadInput, match="layer_formats"):
        step("gptq layer_formats=down=int9")
    id, values = step("gptq format=int4 layer_formats=down=int8,layers.0.*=nvfp4")
    assert (id, values["layer_formats"]) == ("gptq", ["down=int8", "layers.0.*=nvfp4"])


def test_the_check_says_which_layers_do_not_exist_and_which_do_not_fit(tiny: Tiny) -> None:
    anatomy = open_model(tiny("llama")).anatomy
    values = {
        "group_size": 16,
        "layer_formats": ["dwon=int8", "layers.0.mlp.down_porj=int8", "gate=Q4_K", "lm_head=int8"],
    }
    found = METHOD.load().check(anatomy, RoundToNearestSettings.parse(values))
    by_message = {problem.message: problem for problem in found}
    assert by_message["No layer is called 'dwon'"].advice.startswith("Did you mean 'down'?")
    assert "down_proj" in by_message["No layer is called 'layers.0.mlp.down_porj'"].advice
    assert "No layer is called 'lm_head'" in by_message  # it is not quantized
    (misfit,) = [problem for problem in found if problem.severity == "error"]
    assert misfit.where == "model.layers.0.mlp.gate_proj" and "group size 256" in misfit.message


def test_what_an_exception_needs_is_shown_and_said() -> None:
    known = {field.name: field for field in fields(RoundToNearestSettings)}
    values = RoundToNearestSettings(format="bfloat16").model_dump()
    assert not known["symmetric"].is_shown(values)
    assert known["symmetric"].is_shown({**values, "layer_formats": ["down=int8"]})
    assert not known["symmetric"].is_shown({**values, "layer_formats": ["down=nf4"]})
    assert ("int8", "8 bit integer") in known["layer_formats"].value_choices and not known["layer_formats"].choices
    settings = RoundToNearestSettings(clip="imatrix_mse", format="bfloat16", layer_formats=("down=int8",))
    assert settings.calibrated and settings.summary().endswith("mixed · imatrix")


# -- exports -----------------------------------------------------------------------------------------------------------
def test_stock_transformers_load_the_mixture(tiny: Tiny, tmp_path: Path) -> None:
    """Config groups of compressed-tensors, one for each way in which layers are written."""
    values = {"group_size": 32, "layer_formats": ["down=int8", "layers.0.*=int8"]}
    compress(tiny("llama"), "round_to_nearest", values, tmp_path)
    entry, source = export_format("compressed-tensors"), tmp_path / "artifact"
    entry.write(open_model(source), tmp_path / "out", entry.options(), lambda *_: None)
    groups = json.loads((tmp_path / "out" / "config.json").read_text())["quantization_config"]["config_groups"]
    targets = {group["weights"]["num_bits"]: group["targets"] for group in groups.values()}
    assert set(targets) == {4, 8} and len(targets[8]) == 8 and len(targets[4]) == 6
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    tokens = torch.arange(48).view(2, 24) * 7 % 250
    with torch.no_grad():
        assert torch.allclose(model(input_ids=tokens).logits, logits(source), atol=1e-4)


def test_formats_that_can_not_hold_a_mixture_say_so_before_the_run(tiny: Tiny) -> None:
    llama = open_model(tiny("llama")).anatomy

    def problems(target: str, *exceptions: str, **more: Any) -> list[str]:
        settings = GptqSettings(group_size=32, layer_formats=exceptions, **more)
        found = planned_problems(llama, [settings], export_format(target))
        return [problem.message for problem in found if problem.severity == "error"]

    (message,) = problems("awq", "down=int8")
    assert "down_proj (and 1 more layers)" in message and "takes int4" in message
    assert problems("gptq", "down=int8") == [] == problems("compressed-tensors", "down=int8")
    assert "int4, one format" not in "".join(problems("compressed-tensors", "q=int8"))
    assert any("q_proj int8" in each for each in problems("gptq", "q=int8"))  # fused with k and v in servers
    (message,) = problems("gptq", "down=nvfp4", symmetric=False)
    assert "nvfp4" in message
    assert problems("gguf", "down=Q6_K") == []


def test_experts_of_one_model_are_in_one_format(tmp_path: Path) -> None:
    anatomy = open_model(tiny_model("qwen3_moe", tmp_path)).anatomy
    settings = RoundToNearestSettings(group_size=8, layer_formats=("expert_down=int8",))
    (problem,) = planned_problems(anatomy, [settings], export_format("compressed-tensors"))
    assert problem.severity == "error" and "one way, and these differ" in problem.message
