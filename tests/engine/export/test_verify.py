"""An export proves itself in a fresh process, and whatever is wrong with it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForMaskedLM

from engine.base import children
from engine.base.errors import BadInput, Cancelled
from engine.contracts.commands import Verified
from engine.export.record import RECORD, digests
from engine.export.registry import export_format
from engine.export.verification.check import export, verify
from engine.export.verification.expectation import Expectation, fixed_tokens
from engine.models.source import open_model
from engine.testing.models import tiny_model
from engine.testing.stage import compress

Tiny = Callable[[str], Path]


def written(source: Path, format_id: str, folder: Path, **options: Any) -> Verified:
    return export(source, format_id, folder, options, lambda *_: None, lambda: None)


def slow(*values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.slow)


def again(folder: Path) -> Verified:
    return verify(folder, lambda *_: None, lambda: None)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Verified]:
    """A dense export of a tiny model, made once."""
    folder = tmp_path_factory.mktemp("exported")
    source = tiny_model("llama_untied", folder / "source")
    return folder / "out", written(source, "dense", folder / "out")


@pytest.fixture
def copy(exported: tuple[Path, Verified], tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    import shutil

    return Path(shutil.copytree(exported[0], tmp_path / "copy"))


def test_a_good_export_is_verified(exported: tuple[Path, Verified]) -> None:
    folder, verified = exported
    assert verified.ok and verified.sentence.startswith("Verified: transformers")
    assert verified.loaded_by.endswith("AutoModelForCausalLM")
    assert verified.metrics["max_relative_difference"] < 1e-5 and verified.metrics["top1_agreement"] == 1
    assert verified.metrics["size_bytes"] == (folder / "model.safetensors").stat().st_size
    assert verified.sentence in (folder / "README.md").read_text("utf-8")
    assert [entry.program for entry in verified.open_in] == ["transformers", "vLLM"]
    assert (folder / RECORD).stat().st_size < 60_000


def rewrite(folder: Path, change: Callable[[dict[str, torch.Tensor]], None], *, hash_too: bool) -> None:
    """Change the tensors; with ``hash_too`` as a faulty exporter would, whose file is what it wrote."""
    file = folder / "model.safetensors"
    weights = load_file(file)
    change(weights)
    save_file(weights, file, {"format": "pt"})
    if hash_too:
        record = json.loads((folder / RECORD).read_text("utf-8"))
        record["files"] = digests(folder, lambda: None)
        record["open_in"] = [{"program": "Shell", "language": "sh", "here": "rm -rf ~", "hub": ""}]
        (folder / RECORD).write_text(json.dumps(record), "utf-8")


@pytest.mark.parametrize(
    "tensor", ["lm_head.weight", pytest.param("model.layers.1.mlp.down_proj.weight", marks=pytest.mark.slow)]
)
def test_one_flipped_weight_is_found_by_the_logits(copy: Path, tensor: str) -> None:
    def flip(weights: dict[str, torch.Tensor]) -> None:
        index = int(weights[tensor][7].abs().argmax())
        weights[tensor][7, index] *= -1

    rewrite(copy, flip, hash_too=True)
    verified = again(copy)
    assert not verified.ok and "standard deviations" in verified.sentence
    assert verified.open_in == (), "lines of a stranger's record are not shown as the program's own"
    assert verified.metrics["max_relative_difference"] > verified.metrics["tolerance"]


def test_what_changed_later_is_found_although_the_logits_stay(copy: Path) -> None:
    rewrite(copy, lambda weights: weights["model.embed_tokens.weight"][255].mul_(1 + 1e-6), hash_too=False)
    words = (copy / "tokenizer.json").read_text("utf-8").replace('"e":', '"SWAP":').replace('"t":', '"e":')
    (copy / "tokenizer.json").write_text(words.replace('"SWAP":', '"t":'), "utf-8")
    verified = again(copy)
    assert not verified.ok and verified.metrics["max_relative_difference"] < verified.metrics["tolerance"]
    assert "model.safetensors was changed" in verified.sentence
    assert "the tokenizer gives other tokens" in verified.sentence


def test_tensors_that_are_missing_or_left_over_are_faults(copy: Path) -> None:
    def rename(weights: dict[str, torch.Tensor]) -> None:
        weights["model.layers.0.extra.weight"] = weights.pop("model.layers.0.self_attn.q_proj.weight")

    rewrite(copy, rename, hash_too=True)
    verified = again(copy)
    assert not verified.ok
    assert "missing keys: model.layers.0.self_attn.q_proj.weight" in verified.sentence
    assert "unexpected keys: model.layers.0.extra.weight" in verified.sentence


def test_a_folder_that_does_not_load_is_told_with_the_reason(copy: Path) -> None:
    (copy / "config.json").write_text("{}")
    verified = again(copy)
    assert not verified.ok and "it can't be loaded: The model's config.json does not say what" in verified.sentence
    assert "config.json was changed" in verified.sentence


def test_the_last_words_of_llama_cpp_are_why_it_gave_up(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what a debugger finds, which ggml starts when it aborts."""
    told: dict[str, str] = {}
    original = children.start

    def noted(*words: Any, **more: Any) -> Any:
        told.update({name: value for name, value in more.items() if isinstance(value, str)})
        return original(*words, **more)

    monkeypatch.setattr(children, "start", noted)
    assert again(copy).ok
    assert told["GGML_NO_BACKTRACE"] == "1"


def test_a_strange_folder_is_refused(tiny: Tiny) -> None:
    with pytest.raises(BadInput, match=RECORD):
        again(tiny("llama"))


@pytest.mark.parametrize(
    ("kind", "format_id", "settings", "options"),
    [
        ("qwen2", "compressed-tensors", {"format": "int4", "group_size": 32}, {}),
        ("llama", "compressed-tensors", {"format": "int8", "granularity": "channel", "activations": "int8"}, {}),
        (
            "odd",
            "container",
            {"format": "nf4", "group_size": 4, "quantize_head": True, "quantize_embeddings": True},
            {},
        ),
        slow("llama", "dense", {"format": "int8", "granularity": "channel", "activations": "int4"}, {}),
        slow("gpt2", "dense", {"format": "int3", "group_size": 32}, {"dtype": "bfloat16"}),
        slow("bert", "dense", {"format": "int4", "group_size": 32}, {}),
    ],
)
def test_compressed_models_are_verified(
    kind: str, format_id: str, settings: dict[str, Any], options: dict[str, Any], tiny: Tiny, tmp_path: Path
) -> None:
    compress(tiny(kind), "round_to_nearest", settings, tmp_path)
    verified = written(tmp_path / "artifact", format_id, tmp_path / "out", **options)
    assert verified.ok, verified.sentence
    if not options and "activations" not in settings:
        assert verified.metrics["tolerance"] < 0.001


def test_an_encoder_with_a_head_is_loaded_with_it(tmp_path: Path) -> None:
    """BERT as it is published: without its class the head would be left over, and a pooler missing."""
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    BertForMaskedLM(BertConfig(vocab_size=260, **shape)).save_pretrained(tmp_path / "m")
    compress(tmp_path / "m", "round_to_nearest", {"group_size": 32}, tmp_path)
    for form in ("dense", "compressed-tensors"):
        verified = written(tmp_path / "artifact", form, tmp_path / form)
        assert verified.ok and "AutoModelForMaskedLM" in verified.sentence, verified.sentence
        assert "AutoModelForMaskedLM.from_pretrained" in (tmp_path / form / "README.md").read_text("utf-8")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The verifying processes that were started."""
    found: list[Any] = []
    start = children.start

    def recorded(*words: Any, **more: Any) -> Any:
        found.append(start(*words, **more))
        return found[-1]

    monkeypatch.setattr(children, "start", recorded)
    return found


def test_cancel_kills_the_process(copy: Path, begun: list[Any]) -> None:
    def checkpoint() -> None:
        if begun and begun[0].poll() is None:
            raise Cancelled

    with pytest.raises(Cancelled):
        verify(copy, lambda *_: None, checkpoint)
    assert begun[0].poll() not in (None, 0)


@pytest.mark.parametrize("late", [False, True])
def test_cancel_leaves_nothing(late: bool, tiny: Tiny, tmp_path: Path, begun: list[Any]) -> None:
    """While the artifact is read, and while the written folder is verified."""
    calls = 0

    def checkpoint() -> None:
        nonlocal calls
        calls += 1
        if begun if late else calls == 10:
            raise Cancelled

    with pytest.raises(Cancelled):
        export(tiny("llama"), "dense", tmp_path / "out", {}, lambda *_: None, checkpoint)
    assert not list(tmp_path.iterdir())


def test_a_taken_folder_is_refused_and_kept(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="there already"):
        written(tiny("llama"), "dense", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_expectation_gives_the_divergence_over_the_likeliest_and_the_rest() -> None:
    generator = torch.Generator().manual_seed(0)
    p, q = torch.randn(2, 2, 8, 40, generator=generator) * 3
    expectation = Expectation.of("logits", torch.zeros(2, 8, dtype=torch.int64), p)
    kept_p, kept_q = (x[:, ::4].reshape(-1, 40).double().softmax(-1) for x in (p, q))
    top = kept_p.topk(16).indices
    p16, q16 = kept_p.gather(1, top), kept_q.gather(1, top)
    p_all, q_all = (torch.cat([x, 1 - x.sum(-1, keepdim=True)], 1) for x in (p16, q16))
    metrics = Expectation.from_json(json.loads(json.dumps(expectation.to_json()))).compare(q)
    assert metrics["kl_divergence"] == pytest.approx(float((p_all * (p_all / q_all).log()).sum(-1).mean()), rel=1e-5)
    assert expectation.compare(p)["max_difference"] < 1e-12
    assert torch.equal(fixed_tokens(40, [1, 2], 8), fixed_tokens(40, [1, 2], 8))
    assert fixed_tokens(40, [1, 2], 8)[0, :2].tolist() == [1, 2]


def short(kind: str, folder: Path, dtype: torch.dtype = torch.bfloat16) -> Path:
    return tiny_model(kind, folder / "source", dtype=dtype)


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("svd", {"num_samples": 4, "sequence_length": 32, "compression_ratio": 0.5}),
        ("one_shot_pruning", {"num_samples": 4, "sequence_length": 32}),
        ("lora", {"steps": 1, "batch_size": 1, "sequence_length": 32, "eval_samples": 1, "r": 2, "result": "adapter"}),
    ],
)
def test_the_size_of_layers_made_of_short_floats_is_foreseen(
    method: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    """From the dtypes of their tensors in the file, not from those that modules begin with."""
    compress(short("llama", tmp_path), method, settings, tmp_path)
    model = open_model(tmp_path / "artifact")
    for format_id in ("container", *(("peft",) if method == "lora" else ())):
        entry = export_format(format_id)
        promised = entry.expected_bytes(model, entry.options())
        entry.write(model, tmp_path / format_id, entry.options(), lambda *_: None)
        real = sum(file.stat().st_size for file in (tmp_path / format_id).rglob("*.safetensors"))
        assert promised == pytest.approx(real, rel=0.01), format_id


def test_zero_points_beside_scales_in_float16(tmp_path: Path) -> None:
    """transformers dequantizes in the dtype of the scales: rounded to it, and no further."""
    settings = {"format": "int4", "group_size": 32, "symmetric": False}
    compress(short("llama", tmp_path), "round_to_nearest", settings, tmp_path)
    verified = written(tmp_path / "artifact", "compressed-tensors", tmp_path / "out")
    assert verified.ok, verified.sentence
    assert 0 < verified.metrics["max_relative_difference"] < verified.metrics["tolerance"] == 0.04


def test_pruned_weights_leave_as_they_are(tmp_path: Path) -> None:
    """They were bfloat16, and still are: nothing is rounded, in no format."""
    compress(short("llama", tmp_path), "one_shot_pruning", {"num_samples": 4, "sequence_length": 32}, tmp_path)
    verified = written(tmp_path / "artifact", "dense", tmp_path / "out")
    assert verified.ok and verified.metrics["tolerance"] == 0.0001, verified.sentence
    entry, model = export_format("gguf"), open_model(tmp_path / "artifact")
    assert "as bfloat16" in str(entry.check(model, entry.options())[0])
    entry.write(model, tmp_path / "gguf", entry.options(), lambda *_: None)
    kinds = {t.name: t.tensor_type.name for t in gguf.GGUFReader(tmp_path / "gguf" / "gguf.gguf").tensors}
    assert kinds["blk.0.attn_q.weight"] == kinds["token_embd.weight"] == "BF16"
    model.load()
    for name, tensor in entry.read(tmp_path / "gguf"):
        if name.endswith("q_proj.weight"):
            module = model.compressed()[name.removesuffix(".weight")]
            assert torch.equal(tensor.float(), module.dense_weight())


@pytest.mark.parametrize(
    ("method", "settings", "advice"),
    [
        (
            "onebit",
            {"layer_norm": True, "steps": 1, "batch_size": 1, "sequence_length": 32, "eval_samples": 1},
            "without LayerNorm",
        ),
        (
            "linformer",
            {"recovery": "none", "fit_steps": 1, "sequence_length": 32, "eval_samples": 1},
            "leave Linformer out",
        ),
        ("spinquant", {"rotation": "hadamard", "num_samples": 2, "sequence_length": 32}, "no-had"),
    ],
)
def test_what_no_other_program_does_is_refused_with_a_way_out(
    method: str, settings: dict[str, Any], advice: str, tiny: Tiny, tmp_path: Path
) -> None:
    compress(tiny("llama"), method, settings, tmp_path)
    for format_id in ("dense", "compressed-tensors", "gguf", "bitsandbytes", "peft"):
        with pytest.raises(BadInput, match="can't express this result") as caught:
            written(tmp_path / "artifact", format_id, tmp_path / "out")
        assert advice in caught.value.advice
        assert not (tmp_path / "out").exists()
