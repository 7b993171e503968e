"""PEFT: stock peft loads what is written and says what the artifact says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from engine.base.errors import BadInput
from engine.contracts.commands import Verified
from engine.export.formats.bitsandbytes import crosses_wrongly
from engine.export.formats.peft import CONFIG
from engine.export.registry import export_format
from engine.export.verification.check import export
from engine.models.source import open_model
from engine.testing.models import with_merges
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")
LEARNING: dict[str, Any] = {
    "text": TEXT,
    "sequence_length": 32,
    "steps": 6,
    "batch_size": 2,
    "micro_batch_size": 1,
    "eval_samples": 2,
    "rank": 4,
    "learning_rate": 1e-2,
}
KEPT = {**LEARNING, "result": "adapter"}


def written(source: Path, folder: Path, kind: str = "peft", **options: Any) -> Verified:
    return export(source, kind, folder, options, lambda *_: None, lambda: None)


def stock(folder: Path) -> torch.Tensor:
    base = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
    base.get_input_embeddings().requires_grad_(True)  # else bitsandbytes rounds scales to bfloat16 on some CPUs
    from peft import PeftModel

    found: torch.Tensor = PeftModel.from_pretrained(base, folder)(
        input_ids=torch.arange(48).view(2, 24) * 7 % 250
    ).logits
    return found.detach()


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("qwen2", {}),
        ("gpt2", {"start": "pissa"}),
        ("gpt2", {"dora": True}),
        ("llama", {"dora": True, "rank_stabilized": True, "targets": ("q", "down")}),
        ("llama_untied", {"start": "olora"}),
    ],
)
def test_stock_peft_says_the_same(kind: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny(kind), "lora", {**KEPT, **settings}, tmp_path)
    entry = export_format("peft")
    model = open_model(tmp_path / "artifact")
    promised = entry.expected_bytes(model, entry.options())
    entry.write(model, tmp_path / "out", entry.options(), lambda *_: None)
    assert promised == sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.safetensors"))
    expected = logits(tmp_path / "artifact")
    torch.testing.assert_close(stock(tmp_path / "out"), expected, rtol=0, atol=2e-5 * float(expected.abs().max()))
    original, base = open_model(tiny(kind)).load(), dict(export_format("dense").read(tmp_path / "out" / "base"))
    for linear in original.anatomy.linears:
        assert torch.equal(base[f"{linear.name}.weight"], original.get(linear.name).weight)
    merged = dict(entry.read(tmp_path / "out"))
    for name, module in open_model(tmp_path / "artifact").load().compressed().items():
        torch.testing.assert_close(merged[f"{name}.weight"], module.dense_weight(), rtol=1e-5, atol=1e-6)


def test_verified_in_a_fresh_process(tiny: Tiny, tmp_path: Path) -> None:
    """QLoRA: a base in 4 bits with an adapter."""
    settings = {**LEARNING, "block_size": 32, "optimizer": "adamw"}
    compress(tiny("llama"), "qlora", settings, tmp_path)
    verified = written(tmp_path / "artifact", tmp_path / "out")
    assert verified.ok, verified.sentence
    assert "peft" in verified.loaded_by and verified.metrics["size_bytes"] == verified.metrics["expected_bytes"]
    assert (tmp_path / "out" / "README.md").read_text("utf-8").count("PeftModel") > 0
    file = tmp_path / "out" / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-4] + b"\x00\x00\x80\x3f")
    from engine.export.verification.check import verify

    assert not verify(tmp_path / "out", lambda *_: None, lambda: None).ok


def test_the_folder_is_whole_wherever_it_is(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moved, renamed, read from another working folder, with nothing but stock programs."""
    compress(tiny("llama"), "lora", KEPT, tmp_path)
    verified = written(tmp_path / "artifact", tmp_path / "out")
    assert verified.ok, verified.sentence
    for name in ("elsewhere", "moved"):
        (tmp_path / name).mkdir()
    (tmp_path / "out").rename(tmp_path / "moved" / "adapter")
    monkeypatch.chdir(tmp_path / "elsewhere")
    expected = logits(tmp_path / "artifact")
    found = stock(tmp_path / "moved" / "adapter")
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-5 * float(expected.abs().max()))
    named = json.loads((tmp_path / "moved" / "adapter" / CONFIG).read_text())["base_model_name_or_path"]
    assert named == str(tmp_path / "out" / "base")


@pytest.mark.parametrize(("method", "named"), [("lora", True), ("qlora", False)])
def test_a_base_on_the_hub_is_named_with_its_revision(method: str, named: bool, tiny: Tiny, tmp_path: Path) -> None:
    """Only where the base that is written is that model; the base of QLoRA was rounded."""
    settings = KEPT if method == "lora" else {**LEARNING, "block_size": 32, "optimizer": "adamw"}
    compress(tiny("llama"), method, settings, tmp_path)
    model = open_model(tmp_path / "artifact")
    first = {"method": "model", "settings": {"model": "someone/a-model", "revision": "0123abc"}}
    model.history = [first, {"method": method, "settings": {}}]
    export_format("peft").write(model, tmp_path / "out", export_format("peft").options(), lambda *_: None)
    config = json.loads((tmp_path / "out" / CONFIG).read_text())
    expected = ("someone/a-model", "0123abc") if named else (str(tmp_path / "out" / "base"), None)
    assert (config["base_model_name_or_path"], config["revision"]) == expected


@pytest.mark.parametrize("kind", ["dense", "container", "gguf"])
def test_merged_in_other_forms(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    compress(with_merges(tiny("qwen2"), tmp_path / "source"), "lora", KEPT, tmp_path)
    verified = written(tmp_path / "artifact", tmp_path / "out", kind)
    assert verified.ok, verified.sentence


def test_adapters_on_int4_get_a_dense_base(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", {"format": "int4", "group_size": 32}, tmp_path / "q")
    compress(tmp_path / "q" / "artifact", "lora", LEARNING, tmp_path)
    entry = export_format("peft")
    model = open_model(tmp_path / "artifact")
    assert "written out in full" in entry.check(model, entry.options())[0].message
    entry.write(model, tmp_path / "out", entry.options(), lambda *_: None)
    expected = logits(tmp_path / "artifact")
    torch.testing.assert_close(stock(tmp_path / "out"), expected, rtol=0, atol=2e-5 * float(expected.abs().max()))


@pytest.mark.parametrize(
    ("kind", "settings", "then"),
    [
        ("qwen2", {"pivot": False}, None),
        ("gpt2", {}, None),
        ("llama", {"pivot": False}, ("round_to_nearest", {"format": "int4", "group_size": 8})),
        ("llama_untied", {}, ("lora", KEPT)),
        ("llama_untied", {}, ("lora", {**KEPT, "use_dora": True})),
    ],
)
def test_factors_are_adapters_beside_zeros(
    kind: str, settings: dict[str, Any], then: tuple[str, dict[str, Any]] | None, tiny: Tiny, tmp_path: Path
) -> None:
    """SVD, and what may follow it; only DoRA has to have the product in its base."""
    svd = {"text": TEXT, "num_samples": 8, "sequence_length": 32, "removed": 0.3, **settings}
    compress(tiny(kind), "svd", svd, tmp_path / "first" if then else tmp_path)
    if then:
        compress(tmp_path / "first" / "artifact", *then, tmp_path)
    verified = written(tmp_path / "artifact", tmp_path / "out")
    assert verified.ok, verified.sentence
    assert verified.metrics["size_bytes"] == verified.metrics["expected_bytes"]
    expected = logits(tmp_path / "artifact")
    torch.testing.assert_close(stock(tmp_path / "out"), expected, rtol=0, atol=2e-5 * float(expected.abs().max()))
    base = dict(export_format("dense").read(tmp_path / "out" / "base"))
    merged = dict(export_format("peft").read(tmp_path / "out"))
    factorized = {
        n: m for n, m in open_model(tmp_path / "artifact").load().compressed().items() if "low_rank" in str(m.spec())
    }
    assert factorized
    for name, module in factorized.items():
        torch.testing.assert_close(merged[f"{name}.weight"], module.dense_weight(), rtol=1e-5, atol=1e-6)
        assert bool(base[f"{name}.weight"].any()) == bool(then and "use_dora" in then[1])


def test_blocks_that_bitsandbytes_computes_wrongly_are_told_before(tiny: Tiny, tmp_path: Path) -> None:
    """96 inputs are no whole blocks of 64."""
    compress(tiny("llama"), "qlora", {**LEARNING, "optimizer": "adamw"}, tmp_path)
    verified = written(tmp_path / "artifact", tmp_path / "out")
    assert verified.ok is not crosses_wrongly(), "it depends on the processor"
    told = [warning for warning in verified.warnings if "bitsandbytes computes 2 layers wrongly" in warning]
    assert bool(told) is crosses_wrongly()


def test_what_has_no_adapters_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no adapters"):
        written(tiny("llama"), tmp_path / "out")
    compress(tiny("llama"), "qlora", {**LEARNING, "optimizer": "adamw", "block_size": 32}, tmp_path)
    with pytest.raises(BadInput, match="export as PEFT"):
        written(tmp_path / "artifact", tmp_path / "out", "bitsandbytes")
