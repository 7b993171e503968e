"""Models: cut into parts, loaded, freed, stored and opened again, for every kind."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModel, AutoModelForCausalLM

from engine.base.errors import BadInput, RunFailed
from engine.base.pinned import InputChanged
from engine.checkpoints.container import ArtifactWriter, file_bytes, read_description
from engine.models.model import Model, Part
from engine.models.source import check_finite, load_tokenizer, open_model
from engine.modules import CompressedModule, base
from engine.testing.models import ENCODERS, KINDS, tiny_model

IDS = torch.randint(0, 256, (2, 12), generator=torch.Generator().manual_seed(1))
TIED = ("llama", "qwen2", "qwen3", "gemma", "gemma2", "gpt2", "opt", "odd")
Tiny = Callable[[str], Path]


class Halved(CompressedModule):
    """Keeps a weight in 16 bits: a stand-in for real compression."""

    KIND: ClassVar[str] = "halved"

    def __init__(self, half: torch.Tensor, bias: torch.Tensor | None, transposed: bool) -> None:
        super().__init__()
        self.register_buffer("sixteen", half)
        self.register_buffer("bias", bias)
        self.transposed = transposed

    @classmethod
    def of(cls, original: nn.Module, transposed: bool) -> Self:
        bias = getattr(original, "bias", None)
        return cls(original.weight.detach().half(), None if bias is None else bias.detach(), transposed)

    def dense_weight(self) -> torch.Tensor:
        return self.sixteen.float()

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        return {name: tensor for name, tensor in (("sixteen", self.sixteen), ("bias", self.bias)) if tensor is not None}

    def bits(self) -> int:
        return sum(8 * tensor.nbytes for tensor in self.packed_tensors().values())

    def spec(self) -> dict[str, Any]:
        return {"kind": self.KIND, "transposed": self.transposed}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        built = cls.of(original, spec["transposed"])
        return built.to("meta")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.weight_for(x)
        return nn.functional.linear(x, weight.t() if self.transposed else weight, self.bias)


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {**base._kinds(), "halved": Halved}
    monkeypatch.setattr(base, "_kinds", lambda: kinds)


def logits(module: nn.Module) -> torch.Tensor:
    with torch.no_grad():
        output: torch.Tensor = module(input_ids=IDS)[0]
    return output


def stock(kind: str, folder: Path) -> nn.Module:
    auto = AutoModel if kind in ENCODERS else AutoModelForCausalLM
    return auto.from_pretrained(folder, dtype=torch.float32).eval()  # type: ignore[no-any-return]


def write(model: Model, folder: Path) -> Path:
    """As a run does it: part by part."""
    writer = ArtifactWriter(folder, [part.name for part in model.parts])
    for part in model.parts:
        model.load(part)
        writer.write(part.name, model.tensors(part), model.specs(part))
        model.free(part)
    return writer.finish(model.config, [*model.history, {"method": "test"}], model.companions)


def halve(model: Model, part: Part) -> None:
    for linear in part.linears:
        model.replace(linear.name, Halved.of(model.get(linear.name), linear.transposed))


def meta(model: Model) -> set[str]:
    return {name for name, tensor in model.module.state_dict(keep_vars=True).items() if tensor.device.type == "meta"}


# -- parts -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_parts_hold_every_tensor_once(kind: str, tiny: Tiny) -> None:
    model = open_model(tiny(kind))
    names = list(model.module.state_dict())
    owners = Counter({name: sum(part.owns(name) for part in model.parts) for name in names})
    assert owners == Counter(dict.fromkeys(names, 1))
    stored = [name for part in model.parts for name in model.load(part).tensors(part)]
    assert sorted(stored) == sorted(set(names) - ({"lm_head.weight"} if kind in TIED else set()))
    assert [part.name for part in model.parts[1:-1]] == [layer.name for layer in model.anatomy.layers]
    assert [x.name for part in model.parts for x in part.linears] == [x.name for x in model.anatomy.linears]


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_comes_and_goes(kind: str, tiny: Tiny) -> None:
    model = open_model(tiny(kind))
    everything = meta(model)
    assert everything == set(model.module.state_dict())
    expected = stock(kind, tiny(kind)).state_dict()
    for part in model.parts:
        model.load(part)
        loaded = everything - meta(model)
        beside = {name for name in loaded if not part.owns(name)}
        shared = {f"{model.anatomy.embeddings[0]}.weight", f"{model.anatomy.head}.weight"} if kind in TIED else set()
        assert beside <= shared
        assert all(torch.equal(model.module.state_dict()[name], expected[name]) for name in loaded)
        model.free(part)
        assert meta(model) == everything


def test_changes_in_place_stay_out_of_the_file(tiny: Tiny) -> None:
    model = open_model(tiny("llama"))
    part = model.parts[1]
    weight = model.load(part).get(part.linears[0].name).weight
    before = weight.clone()
    weight.zero_()
    model.free(part)
    assert torch.equal(model.load(part).get(part.linears[0].name).weight, before)


def test_tensors_outside_of_modules_belong_to_a_part(tiny: Tiny) -> None:
    model = open_model(tiny("llama"))
    model.module.model.extra = nn.Parameter(torch.ones(2))
    assert [part.owns("model.extra") for part in model.parts].count(True) == 1
    assert "model.extra" in {name for part in model.parts for name in model._slots(part.roots)}


def test_a_tied_head_is_usable_alone(tiny: Tiny) -> None:
    model = open_model(tiny("llama"))
    head = model.load(model.part("head"), dtype=torch.float64)
    weight = model.module.lm_head.weight
    assert weight is model.module.model.embed_tokens.weight
    assert weight.device.type == "cpu" and weight.dtype == torch.float64
    assert "lm_head.weight" not in head.tensors(head.part("head"))


def test_a_cast_keeps_packed_tensors(tiny: Tiny) -> None:
    model = open_model(tiny("qwen2")).load()
    halve(model, model.parts[1])
    model.load(dtype=torch.bfloat16)
    layer = model.get(model.parts[1].name)
    assert layer.self_attn.q_proj.sixteen.dtype == torch.float16
    assert layer.input_layernorm.weight.dtype == torch.bfloat16
    assert model.module.lm_head.weight.dtype == torch.bfloat16


def test_ready_keeps_dense_weights_until_freed(tiny: Tiny) -> None:
    model = open_model(tiny("gpt2")).load()
    halve(model, model.parts[1])
    plain = logits(model.module)
    model.ready()
    linear = model.get(model.parts[1].linears[0].name)
    assert isinstance(linear, Halved) and linear._dense is not None
    assert torch.equal(logits(model.module), plain)
    model.free()
    assert linear._dense is None


def test_a_file_that_shrinks_while_in_use_is_noticed(tiny: Tiny, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny("llama"), tmp_path / "model")
    model = open_model(folder)
    with open(folder / "model.safetensors", "rb+") as file:
        file.truncate(1000)
    with pytest.raises(RunFailed, match="changed while it was in use"):
        model.load()
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputChanged, match="it is gone"):
        model.load()


# -- artifacts ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_dense_artifact_is_a_model_for_everybody(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    expected = logits(stock(kind, tiny(kind)))
    folder = write(open_model(tiny(kind)), tmp_path / "artifact")
    opened = open_model(folder)
    assert opened.header.format == "artifact"
    assert opened.history == ({"method": "test"},)
    assert torch.equal(logits(opened.load().module), expected)
    assert torch.equal(logits(stock(kind, folder)), expected)
    assert load_tokenizer(opened).decode(load_tokenizer(folder)("Hi there").input_ids) == "Hi there"
    assert (
        opened.header.nbytes
        == json.loads((folder / "model.safetensors.index.json").read_text())["metadata"]["total_size"]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_compressed_layers_come_back_bit_for_bit(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny(kind)).load()
    for part in model.parts:
        halve(model, part)
    expected = logits(model.module)
    assert not torch.equal(expected, logits(stock(kind, tiny(kind))))
    writer = ArtifactWriter(tmp_path / "artifact", [part.name for part in model.parts])
    for part in model.parts:
        writer.write(part.name, model.tensors(part), model.specs(part))
    opened = open_model(writer.finish(model.config, (), model.companions)).ready()
    assert torch.equal(logits(opened.module), expected)
    assert set(opened.compressed()) == {linear.name for linear in model.anatomy.linears}
    assert torch.equal(logits(open_model(write(opened, tmp_path / "again")).load().module), expected)


def test_a_killed_writer_goes_on(tiny: Tiny, tmp_path: Path) -> None:
    first = open_model(tiny("odd"))
    names = [part.name for part in first.parts]
    writer = ArtifactWriter(tmp_path / "artifact", names)
    for part in first.parts[:2]:
        first.load(part)
        halve(first, part)
        writer.write(part.name, first.tensors(part), first.specs(part))
    assert not (tmp_path / "artifact").exists()

    model, writer = open_model(tiny("odd")), ArtifactWriter(tmp_path / "artifact", names)
    assert [writer.has(name) for name in names] == [True, True, False, False]
    for part in model.parts:
        if writer.has(part.name):
            model.load_stored_part(part, Stored(writer.file(part.name)), writer.modules(part.name))
            continue
        model.load(part)
        halve(model, part)
        writer.write(part.name, model.tensors(part), model.specs(part))
        model.load_stored_part(part, Stored(writer.file(part.name)), {})
    whole = open_model(tiny("odd")).load()
    for part in whole.parts:
        halve(whole, part)
    assert torch.equal(logits(model.load().module), logits(whole.module))
    assert torch.equal(logits(open_model(writer.finish(model.config, (), ())).load().module), logits(whole.module))


class Stored:
    """A tensor file as a source."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        return list(load_file(self.path))

    def load(self, name: str) -> torch.Tensor:
        return load_file(self.path)[name]


@pytest.mark.parametrize("kind", TIED)
def test_an_untied_head_is_stored(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    expected = logits(stock(kind, tiny(kind)))
    model = open_model(tiny(kind))
    model.untie()
    model.load()
    model.module.get_submodule(model.anatomy.head or "").weight.data *= 2
    folder = tmp_path / "artifact"
    writer = ArtifactWriter(folder, [part.name for part in model.parts])
    for part in model.parts:
        writer.write(part.name, model.tensors(part), model.specs(part))
    writer.finish(model.config, (), model.companions)
    opened = open_model(folder)
    assert not opened.anatomy.tied
    assert torch.equal(logits(opened.load().module), logits(model.module))
    assert torch.equal(logits(stock(kind, folder)), logits(model.module))
    if kind != "gemma2":  # squashes its logits
        torch.testing.assert_close(logits(opened.module), 2 * expected)


def test_an_older_artifact_gives_way_but_nothing_else_does(tiny: Tiny, tmp_path: Path) -> None:
    write(open_model(tiny("llama")), tmp_path / "artifact")
    write(open_model(tiny("llama")), tmp_path / "artifact")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunFailed, match="mine"):
        write(open_model(tiny("llama")), tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_pieces_of_larger_tensors_can_be_written(tmp_path: Path) -> None:
    whole = torch.arange(12.0).reshape(4, 3)
    writer = ArtifactWriter(tmp_path / "a", ["p"])
    writer.write("p", {"rows": whole[1:3], "columns": whole[:, 1], "turned": whole.t()}, {})
    stored = load_file(writer.file("p"))
    assert torch.equal(stored["rows"], whole[1:3])
    assert torch.equal(stored["columns"], whole[:, 1])
    assert torch.equal(stored["turned"], whole.t())
    shapes = {name: (tuple(t.shape), 4 * t.numel()) for name, t in stored.items()}
    assert abs(file_bytes(shapes) - writer.file("p").stat().st_size) < 16


BLOCKS: dict[str, Any] = {"kind": "blockwise", "block_size": 64, "double": False, "outputs": 64, "inputs": 64}
BLOCKS |= {"bias": False, "transposed": False}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": 99}, "another version"),
        ({"modules": []}, "damaged"),
        ({"modules": {"lm_head": {"kind": "from_the_future"}}}, "unknown kind 'from_the_future'"),
        ({"modules": {"lm_head": {"kind": "halved"}}}, "description of a compressed layer is damaged"),
        ({"modules": {"lm_head": BLOCKS | {"format": "nf5"}}}, "there is no block format 'nf5'"),
        ({"modules": {"lm_head": BLOCKS | {"format": [1]}}}, r"there is no block format \[1\]"),
        ({"modules": {"lm_head.ghost": {"kind": "halved", "transposed": False}}}, "compressed layer is damaged"),
    ],
)
def test_damaged_descriptions_are_refused(tiny: Tiny, tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    folder = write(open_model(tiny("llama_untied")), tmp_path / "artifact")
    description = read_description(folder)
    (folder / "compression.json").write_text(json.dumps({**description, **change}))
    with pytest.raises(BadInput, match=sentence):
        open_model(folder)


# -- checkpoints as they are found -------------------------------------------------------------------------------------
def rename(folder: Path, target: Path, change: Callable[[str], str]) -> Path:
    shutil.copytree(folder, target)
    tensors = {change(name): tensor for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(tensors, target / "model.safetensors", {"format": "pt"})
    return target


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("gpt2", lambda name: name.removeprefix("transformer.")),
        ("llama", lambda name: name.removeprefix("model.")),
        ("bert", lambda name: f"bert.{name}"),
        ("bert", lambda name: name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("Norm.bias", "Norm.beta")),
    ],
)
def test_names_of_older_checkpoints(kind: str, change: Callable[[str], str], tiny: Tiny, tmp_path: Path) -> None:
    folder = rename(tiny(kind), tmp_path / "renamed", change)
    model = open_model(folder).load()
    assert torch.equal(logits(model.module), logits(stock(kind, tiny(kind))))


def test_unneeded_tensors_are_left_alone(tiny: Tiny, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny("gpt2"), tmp_path / "model")
    tensors = {**load_file(folder / "model.safetensors"), "transformer.h.0.attn.bias": torch.ones(1, 1, 8, 8)}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    assert torch.equal(logits(open_model(folder).load().module), logits(stock("gpt2", tiny("gpt2"))))


def test_a_masked_language_model_shares_its_decoder(tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoModelForMaskedLM

    config = AutoConfig.for_model(
        "bert", vocab_size=260, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4
    )
    original = AutoModelForMaskedLM.from_config(config).eval()
    original.cls.predictions.bias.data.normal_()
    original.save_pretrained(tmp_path / "mlm")
    model = open_model(tmp_path / "mlm").load()
    assert model.anatomy.kind == "encoder" and model.anatomy.tied
    assert torch.equal(logits(model.module), logits(original))
    again = open_model(write(model, tmp_path / "artifact")).load()
    assert torch.equal(logits(again.module), logits(original))
    theirs = AutoModelForMaskedLM.from_pretrained(tmp_path / "artifact").eval()
    assert torch.equal(logits(theirs), logits(original))


@pytest.mark.parametrize("differs", [False, True])
def test_a_stored_head_wins_over_the_config(differs: bool, tiny: Tiny, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny("llama"), tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] * (2.0 if differs else 1.0)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    model = open_model(folder)
    assert model.anatomy.tied is not differs
    assert torch.equal(logits(model.load().module), logits(stock("llama", folder)))
    assert torch.equal(logits(open_model(write(model, tmp_path / "a")).load().module), logits(stock("llama", folder)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float64])
def test_stored_types_are_kept(dtype: torch.dtype, tiny: Tiny, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny("llama"), tmp_path / "model")
    tensors = {name: tensor.to(dtype) for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    model = open_model(folder)
    loaded = model.load(model.parts[1]).tensors(model.parts[1])
    assert {tensor.dtype for tensor in loaded.values()} == {dtype}
    assert all(torch.equal(tensor.float(), tensors[name].float()) for name, tensor in loaded.items())
    assert torch.isfinite(logits(model.ready().module)).all()


def test_bf16_is_stored_as_bf16(tmp_path: Path) -> None:
    model = open_model(tiny_model("llama", tmp_path / "model", dtype=torch.bfloat16))
    opened = open_model(write(model, tmp_path / "artifact"))
    assert opened.header.nbytes == model.header.nbytes
    assert {tensor.dtype for tensor in opened.header.tensors} == {"BF16"}


# -- refusals ----------------------------------------------------------------------------------------------------------
def damaged(folder: Path, target: Path, config: dict[str, Any] | None = None, drop: str = "") -> Path:
    shutil.copytree(folder, target)
    data = json.loads((target / "config.json").read_text())
    (target / "config.json").write_text(json.dumps({**data, **(config or {})}))
    if drop:
        tensors = load_file(target / "model.safetensors")
        del tensors[drop]
        save_file(tensors, target / "model.safetensors")
    return target


def test_a_missing_tensor_is_named(tiny: Tiny, tmp_path: Path) -> None:
    name = "model.layers.1.mlp.up_proj.weight"
    model = open_model(damaged(tiny("llama"), tmp_path / "m", drop=name))
    model.load(model.parts[1])
    with pytest.raises(BadInput, match=name):
        model.load(model.parts[2])


def test_a_config_of_another_size_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(damaged(tiny("llama"), tmp_path / "m", {"intermediate_size": 128}))
    with pytest.raises(BadInput, match=r"does not fit the network .*gate_proj.*\(96, 64\).*\(128, 64\)"):
        model.load()


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"model_type": "warp_drive"}, "architecture 'warp_drive' is not known"),
        (
            {"model_type": "warp_drive", "auto_map": {"AutoConfig": "x.Y"}},
            "its folder holds none",
        ),
        ({"quantization_config": {"quant_method": "gptq"}}, r"can.t be read \(gptq\)"),
        ({"num_hidden_layers": 10**9}, r"num_hidden_layers is 1000000000"),
        ({"num_attention_heads": 0}, r"config\.json"),
        ({"hidden_size": "many"}, r"config\.json"),
        ({"hidden_size": -4}, r"config\.json"),
        ({"architectures": ["nn", "LlamaForCausalLM"], "num_attention_heads": 7}, r"config\.json"),
    ],
)
def test_configs_that_can_not_be_built(config: dict[str, Any], sentence: str, tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=sentence):
        open_model(damaged(tiny("llama"), tmp_path / "m", config))


def test_code_runs_only_when_trusted(tiny: Tiny, tmp_path: Path) -> None:
    folder = damaged(
        tiny("llama"),
        tmp_path / "m",
        {
            "model_type": "own_code",
            "architectures": ["OwnModel"],
            "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"},
        },
    )
    (folder / "own.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
        "from transformers import LlamaConfig, LlamaForCausalLM\n"
        "class OwnConfig(LlamaConfig):\n    model_type = 'own_code'\n"
        "class OwnModel(LlamaForCausalLM):\n    config_class = OwnConfig\n"
    )
    with pytest.raises(BadInput, match=r"own\.py would run with all your rights"):
        open_model(folder)
    assert not (tmp_path / "ran").exists()
    model = open_model(folder, trust_remote_code=True)
    assert (tmp_path / "ran").exists()
    assert torch.equal(logits(model.load().module), logits(stock("llama", tiny("llama"))))


def test_native_architectures_never_run_code(tiny: Tiny, tmp_path: Path) -> None:
    folder = damaged(tiny("llama"), tmp_path / "m", {"auto_map": {"AutoModelForCausalLM": "own.OwnModel"}})
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    open_model(folder)
    load_tokenizer(folder)
    assert not (tmp_path / "ran").exists()


def test_broken_numbers_are_named() -> None:
    check_finite("a", torch.ones(3))
    check_finite("a", torch.ones(3, dtype=torch.int8))
    check_finite("a", torch.ones(3, dtype=torch.float8_e4m3fn))
    with pytest.raises(RunFailed, match=r"not a number .layers\.3.: 2 of 4"):
        check_finite("layers.3", torch.tensor([1.0, float("nan"), float("inf"), 0]))
    with pytest.raises(RunFailed, match="1 of 1"):
        check_finite("a", torch.tensor([float("nan")]).to(torch.float8_e4m3fn))


def test_a_model_without_tokenizer(tiny: Tiny, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny("llama"), tmp_path / "m")
    for file in folder.glob("token*"):
        file.unlink()
    with pytest.raises(BadInput, match="no tokenizer"):
        load_tokenizer(open_model(folder))
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(BadInput, match="can't be loaded"):
        load_tokenizer(folder)
