"""Every format: what is written is loaded by stock transformers in its own way and says the same."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from engine.base.errors import BadInput, RunFailed
from engine.export import shards
from engine.export.folder import read_tensors
from engine.export.registry import export_format, formats
from engine.models.source import open_model
from engine.testing.stage import Cancelled, compress, logits

Tiny = Callable[[str], Path]
CT = "compressed-tensors"
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")


def quiet(fraction: float, text: str) -> None:
    """No progress."""


def artifact(tiny: Tiny, kind: str, folder: Path, **settings: Any) -> Path:
    """A model of this kind, rounded to nearest."""
    compress(tiny(kind), "round_to_nearest", {"group_size": 4, "text": TEXT, "sequence_length": 32, **settings}, folder)
    return folder / "artifact"


def export(source: Path, format_id: str, folder: Path, **options: Any) -> Path:
    """Write ``source`` and check the promised size."""
    entry = export_format(format_id)
    model = open_model(source)
    chosen = entry.options.parse(options)
    promised = entry.expected_bytes(model, chosen)
    entry.write(model, folder, chosen, quiet)
    real = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    assert promised == pytest.approx(real, rel=0)
    assert not list(folder.parent.glob(f"*{folder.name}*part*"))
    return folder


def stock(folder: Path, length: int = 24, **options: Any) -> torch.Tensor:
    """What transformers makes of a folder, in float32."""
    config = json.loads((folder / "config.json").read_text())
    auto = AutoModel if config["model_type"] == "bert" else AutoModelForCausalLM
    model, info = auto.from_pretrained(folder, dtype=torch.float32, output_loading_info=True, **options)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"]
    tokens = torch.arange(2 * length).view(2, length) * 7 % 250
    with torch.no_grad():
        output = model(input_ids=tokens)
    found = output.logits if "logits" in output else output.last_hidden_state
    assert isinstance(found, torch.Tensor)
    return found


def assert_close(one: torch.Tensor, other: torch.Tensor, tolerance: float = 2e-5) -> None:
    assert torch.isfinite(one).all()
    assert float((one - other).abs().max()) <= tolerance * max(1.0, float(other.abs().max()))


def test_the_list_of_formats() -> None:
    assert set(formats()) >= {"dense", CT, "container"}
    with pytest.raises(BadInput, match="There are"):
        export_format("onnx")


@pytest.mark.parametrize("kind", ["llama", "llama_untied", "qwen2", "gemma2", "phi3", "gpt2", "opt", "odd", "bert"])
def test_dense(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    source = artifact(tiny, kind, tmp_path)
    folder = export(source, "dense", tmp_path / "out")
    assert_close(stock(folder), logits(source))
    assert "quantization_config" not in json.loads((folder / "config.json").read_text())
    assert AutoTokenizer.from_pretrained(folder)("abc")["input_ids"]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_dense_in_short_floats(dtype: str, tiny: Tiny, tmp_path: Path) -> None:
    source = artifact(tiny, "llama", tmp_path)
    folder = export(source, "dense", tmp_path / "out", dtype=dtype)
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert model.dtype == getattr(torch, dtype)
    assert_close(stock(folder), logits(source), 0.05)
    stored = dict(export_format("dense").read(folder))
    assert {tensor.dtype for tensor in stored.values()} == {getattr(torch, dtype)}


def test_shards(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = artifact(tiny, "llama", tmp_path)
    monkeypatch.setattr(shards.shards, "__defaults__", (60_000,))
    monkeypatch.setattr(shards.ShardWriter.__init__, "__defaults__", (60_000,))
    folder = export(source, "dense", tmp_path / "out")
    files = sorted(folder.glob("*.safetensors"))
    assert len(files) > 2 and all(file.stat().st_size < 80_000 for file in files)
    assert (folder / shards.INDEX).exists()
    assert_close(stock(folder), logits(source))


@pytest.mark.parametrize("kind", ["llama", "qwen2", "gpt2", "bert"])
def test_container(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    source = artifact(tiny, kind, tmp_path, format="int3", symmetric=False, embeddings=True, head=True)
    folder = export(source, "container", tmp_path / "out")
    assert torch.equal(logits(folder), logits(source))


PACKED: list[dict[str, Any]] = [
    {"format": "int4"},
    {"format": "int4", "symmetric": False},
    {"format": "int4", "granularity": "channel"},
    {"format": "int4", "granularity": "channel", "symmetric": False},
    {"format": "int4", "granularity": "tensor", "symmetric": False},
    {"format": "int8"},
    {"format": "int8", "symmetric": False, "scale_dtype": "bfloat16"},
    {"format": "int8", "granularity": "channel", "activations": "int8"},
    {"format": "int8", "granularity": "tensor", "activations": "int8", "activation_symmetric": False},
    {"format": "int8", "granularity": "channel", "symmetric": False, "activations": "int8"},
    {"format": "int4", "activations": "int8"},
    {"format": "int4", "activations": "int4", "activation_symmetric": False},
    {"format": "float8_e4m3", "granularity": "channel"},
    {"format": "float8_e4m3", "granularity": "tensor"},
    {"format": "float8_e4m3", "granularity": "channel", "activations": "float8_e4m3"},
    {"format": "float8_e4m3", "granularity": "tensor", "activations": "float8_static", "num_samples": 2},
    {"format": "nvfp4", "clip": "four_over_six"},
    {"format": "mxfp4"},
]


@pytest.mark.parametrize("settings", PACKED, ids=lambda s: "-".join(str(v) for v in s.values()))
def test_compressed_tensors(settings: dict[str, Any], tiny: Tiny, tmp_path: Path) -> None:
    source = artifact(tiny, "qwen2", tmp_path, **settings)
    folder = export(source, CT, tmp_path / "out")
    # a rounded activation that lies on a tie may fall to either side
    tolerance = 2e-5 if "activations" not in settings else 2e-2
    assert_close(stock(folder), logits(source), tolerance)
    assert_same_weights(folder, source)
    signs = torch.cat([t.float().sign().flatten() for name, t in read_tensors(folder) if name.endswith("weight_scale")])
    both = settings["format"].startswith("int") and settings.get("symmetric", True)
    assert set(signs.tolist()) == ({-1.0, 1.0} if both else {1.0})  # the reader takes scales of either sign


@pytest.mark.parametrize("kind", ["llama", "llama_untied", "odd", "gemma2", "phi3", "opt", "gpt_neox", "bert"])
def test_compressed_tensors_of_other_models(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    source = artifact(tiny, kind, tmp_path)
    folder = export(source, CT, tmp_path / "out")
    assert_close(stock(folder), logits(source))


def test_compressed_tensors_of_several_schemes(tiny: Tiny, tmp_path: Path) -> None:
    first = artifact(tiny, "llama_untied", tmp_path / "a", ignore=("down", "v"))
    second = {
        "format": "int8",
        "granularity": "channel",
        "quantize_head": True,
        "ignore": ("q", "k", "o", "gate", "up", "v"),
    }
    compress(first, "round_to_nearest", second, tmp_path / "b")
    source = tmp_path / "b" / "artifact"
    folder = export(source, CT, tmp_path / "out")
    config = json.loads((folder / "config.json").read_text())["quantization_config"]
    assert len(config["config_groups"]) == 2 and config["format"] == "pack-quantized"
    assert sorted(config["ignore"]) == [f"model.layers.{i}.self_attn.v_proj" for i in range(2)]
    assert_close(stock(folder), logits(source))
    assert_same_weights(folder, source)


def test_compressed_tensors_of_several_lopsided_schemes(tiny: Tiny, tmp_path: Path) -> None:
    first = artifact(tiny, "llama", tmp_path / "a", ignore=("down", "v"), symmetric=False)
    second = {"format": "int8", "symmetric": False, "group_size": 8, "ignore": ("q", "k", "o", "gate", "up", "v")}
    compress(first, "round_to_nearest", second, tmp_path / "b")
    source = tmp_path / "b" / "artifact"
    entry = export_format(CT)
    assert any("a byte each" in problem.message for problem in entry.check(open_model(source), entry.options()))
    folder = export(source, CT, tmp_path / "out")
    assert_close(stock(folder), logits(source))
    assert_same_weights(folder, source)


def test_compressed_tensors_names_all_that_stayed_dense(tiny: Tiny, tmp_path: Path) -> None:
    source = artifact(tiny, "llama", tmp_path, ignore=("layers.0.*",))
    config = json.loads((export(source, CT, tmp_path / "out") / "config.json").read_text())["quantization_config"]
    assert "lm_head" in config["ignore"]
    assert len([name for name in config["ignore"] if name.startswith("model.layers.0.")]) == 7
    assert config["config_groups"]["group_0"]["targets"] == ["Linear"]


def test_compressed_tensors_writes_a_quantized_embedding_dense(tiny: Tiny, tmp_path: Path) -> None:
    source = artifact(tiny, "llama", tmp_path, embeddings=True, head=True)
    entry = export_format(CT)
    warnings = entry.check(open_model(source), entry.options())
    assert [p.severity for p in warnings if "embedding" in p.message] == ["warning"]
    assert_close(stock(export(source, CT, tmp_path / "out")), logits(source))


@pytest.mark.parametrize(
    ("kind", "settings", "reason"),
    [
        ("llama", {"format": "int3"}, "int3"),
        ("llama", {"format": "nf4"}, "nf4"),
        ("llama", {"format": "float8_e4m3"}, "per group"),
        ("gpt2", {"format": "int4"}, "Conv1D"),
        ("llama", {"format": "bfloat16"}, "No linear layer is quantized"),
    ],
)
def test_compressed_tensors_refuses(
    kind: str, settings: dict[str, Any], reason: str, tiny: Tiny, tmp_path: Path
) -> None:
    source = artifact(tiny, kind, tmp_path, **settings)
    entry = export_format(CT)
    with pytest.raises(BadInput, match=reason):
        entry.write(open_model(source), tmp_path / "out", entry.options(), quiet)
    assert not (tmp_path / "out").exists()


def assert_same_weights(folder: Path, source: Path) -> None:
    """What compressed-tensors stands for is, to the bit, what the container stands for."""
    ours = dict(export_format("container").read(source))
    theirs = dict(export_format(CT).read(folder))
    assert set(ours) == set(theirs)
    for name, tensor in ours.items():
        assert torch.equal(theirs[name].float(), tensor.float()), name


# -- bad luck ----------------------------------------------------------------------------------------------------------
@pytest.fixture(params=["dense", CT, "container"])
def format_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def quantized(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return artifact(tiny, "llama", tmp_path_factory.mktemp("quantized"))


def test_a_folder_with_something_in_it_is_refused(format_id: str, quantized: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(BadInput, match="there already"):
        export(quantized, format_id, folder)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    (folder / "letter.txt").unlink()
    export(quantized, format_id, folder)


def test_cancel_leaves_nothing_behind(format_id: str, quantized: Path, tmp_path: Path) -> None:
    def cancel(fraction: float, text: str) -> None:
        if fraction > 0.4:
            raise Cancelled

    entry = export_format(format_id)
    with pytest.raises(Cancelled):
        entry.write(open_model(quantized), tmp_path / "out", entry.options(), cancel)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_behind(
    format_id: str, quantized: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Iterator[None]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.export.shards.Shard.put", full)
    monkeypatch.setattr("engine.checkpoints.checksum.save_file", full)
    entry = export_format(format_id)
    with pytest.raises(RunFailed, match="disk is full"):
        entry.write(open_model(quantized), tmp_path / "out", entry.options(), quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_place_is_refused(
    format_id: str, quantized: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    entry = export_format(format_id)
    with pytest.raises(BadInput, match="can't be written"):
        entry.write(open_model(quantized), tmp_path / "out", entry.options(), quiet)
