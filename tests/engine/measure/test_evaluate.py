"""Perplexity by the protocol, agreement with a reference, and what happens when something is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

from engine.base.errors import BadInput, Cancelled, RunFailed
from engine.contracts.spread import KL_QUANTILES, WINDOWS
from engine.measure import evaluate as evaluating
from engine.measure.evaluate import Measurement, evaluate
from engine.models.model import Model, Part
from engine.models.source import load_tokenizer, open_model
from engine.testing.models import IRREGULAR, tiny_model

WORDS = "The quick brown fox jumps over the lazy dog, and näïve öld cats sleep. " * 20


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "text.txt"
    path.write_text(WORDS, encoding="utf-8")
    return str(path)


def measure(folder: Path, text: str, reference: Path | None = None, **more: Any) -> Measurement:
    arguments: dict[str, Any] = {
        "window": 64,
        "windows": 3,
        "speed": False,
        "progress": lambda *_: None,
        "checkpoint": lambda: None,
    }
    model = open_model(folder)
    other = None if reference is None else open_model(reference)
    return evaluate(model, text=text, reference=other, **(arguments | more))


def plain_logits(folder: Path, window: int, windows: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens (n, window) and logits (n, window, vocabulary), by transformers alone."""
    ids = torch.tensor(AutoTokenizer.from_pretrained(folder)(WORDS)["input_ids"])[: window * windows].view(-1, window)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        return ids, torch.cat([model(row[None]).logits for row in ids])


KINDS = ["llama", "llama_untied", "qwen3", "gemma2", "phi3", "gpt2", "opt", "gpt_neox", "odd", *IRREGULAR]


@pytest.mark.parametrize("kind", KINDS)
def test_perplexity_is_what_transformers_gives(
    kind: str, tiny: Callable[[str], Path], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, logits = plain_logits(tiny(kind), 64, 3)
    loss = F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1)).item()
    for chunk in (9, 63, 10_000):  # tokens whose logits are in memory at a time
        monkeypatch.setattr(evaluating, "LOGIT_BYTES", chunk * 4 * logits.shape[-1])
        measured = measure(tiny(kind), text)
        assert measured.metrics["loss"] == pytest.approx(loss, rel=1e-6)
        assert measured.metrics["perplexity"] == pytest.approx(math.exp(loss), rel=1e-5)


def test_worse_than_guessing_is_called_a_collapse(tiny: Callable[[str], Path], text: str, tmp_path: Path) -> None:
    """A head that is sure of random words; one that is sure of nothing is as good as guessing."""
    model = AutoModelForCausalLM.from_pretrained(tiny("llama_untied"), dtype=torch.float32)
    head = model.lm_head.weight
    found = {}
    for name, factor in {"sure": 200.0, "unsure": 0.0}.items():
        with torch.no_grad():
            head.mul_(factor)
        model.save_pretrained(tmp_path / name)
        AutoTokenizer.from_pretrained(tiny("llama_untied")).save_pretrained(tmp_path / name)
        found[name] = measure(tmp_path / name, text)
    assert found["sure"].protocol["collapsed"].startswith("collapsed: a perplexity of")
    assert found["sure"].metrics["perplexity"] > 1000
    assert found["unsure"].metrics["perplexity"] == pytest.approx(260)


def test_the_protocol_names_everything(tiny: Callable[[str], Path], text: str) -> None:
    protocol = measure(tiny("llama"), text, window=100, windows=0).protocol
    count = len(WORDS.encode())
    assert protocol["text"] == text
    assert (protocol["window"], protocol["windows"], protocol["windows_of"]) == (100, count // 100, count // 100)
    assert protocol["tokens"] == count // 100 * 100
    assert (protocol["dtype"], protocol["device"]) == ("float32", "cpu")
    assert len(protocol["sha256"]) == 64


def test_a_window_longer_than_the_positions_is_cut_and_said(tiny: Callable[[str], Path], text: str) -> None:
    protocol = measure(tiny("gpt2"), text, window=2048).protocol
    assert protocol["window"] == 256
    assert "2048" in protocol["window_note"]


def test_a_model_agrees_with_itself(tiny: Callable[[str], Path], text: str) -> None:
    metrics = measure(tiny("llama"), text, tiny("llama")).metrics
    assert metrics["kl_divergence"] == 0.0
    assert metrics["top1_agreement"] == 1.0


def test_divergence_and_agreement_with_another(tmp_path: Path, text: str, tiny: Callable[[str], Path]) -> None:
    other = tiny_model("llama", tmp_path / "other", seed=1)
    metrics = measure(tiny("llama"), text, other).metrics
    _, q = plain_logits(tiny("llama"), 64, 3)
    _, p = plain_logits(other, 64, 3)
    p, q = p.log_softmax(-1).double(), q.log_softmax(-1).double()
    assert metrics["kl_divergence"] == pytest.approx(float((p.exp() * (p - q)).sum(-1).mean()), rel=1e-4)
    assert metrics["top1_agreement"] == pytest.approx(float((p.argmax(-1) == q.argmax(-1)).double().mean()))
    assert metrics["top1_agreement"] < 1


def test_windows_and_quantiles_are_of_the_same_tokens(tmp_path: Path, text: str, tiny: Callable[[str], Path]) -> None:
    other = tiny_model("llama", tmp_path / "other", seed=1)
    measured = measure(other, text, tiny("llama"))
    windows, quantiles = measured.details[WINDOWS], measured.details[KL_QUANTILES]
    for name, values in windows.items():
        assert len(values) == measured.protocol["windows"] > 1
        assert sum(values) / len(values) == pytest.approx(measured.metrics[name], rel=1e-6)
    assert len(set(windows["loss"])) > 1
    assert 0 <= quantiles["0.5"] < quantiles["0.99"] <= quantiles["1"]
    assert max(windows["kl_divergence"]) <= quantiles["1"]
    assert WINDOWS in measure(other, text).details and KL_QUANTILES not in measure(other, text).details


def test_parameters_and_size(tiny: Callable[[str], Path], text: str) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny("llama"))
    metrics = measure(tiny("llama"), text).metrics
    assert metrics["parameters"] == model.num_parameters()
    assert metrics["size_bytes"] == (tiny("llama") / "model.safetensors").stat().st_size
    assert metrics["bits_per_weight"] == pytest.approx(32.0)
    assert metrics["sparsity"] == 0.0


def test_sparsity_counts_exact_zeros(tmp_path: Path, text: str) -> None:
    def prune(weights: dict[str, torch.Tensor]) -> None:
        for name, weight in weights.items():
            if "proj" in name:
                weight[:, ::4] = 0

    assert measure(changed(tmp_path, prune), text).metrics["sparsity"] == pytest.approx(0.25)


def test_speed_is_measured(tiny: Callable[[str], Path], text: str) -> None:
    measured = measure(tiny("llama"), text, speed=True)
    assert measured.metrics["prefill_tokens_per_second"] > measured.metrics["decode_tokens_per_second"] > 0
    assert "median" in measured.protocol["speed"]


def test_an_encoder_is_compared_by_its_hidden_states(tmp_path: Path, text: str, tiny: Callable[[str], Path]) -> None:
    assert measure(tiny("bert"), text, tiny("bert")).metrics["hidden_cosine"] == pytest.approx(1.0, abs=1e-6)
    other = tiny_model("bert", tmp_path / "other", seed=1)
    measured = measure(tiny("bert"), text, other)
    ids = torch.tensor(AutoTokenizer.from_pretrained(other)(WORDS)["input_ids"])[: 64 * 3].view(-1, 64)
    with torch.no_grad():
        states = [AutoModel.from_pretrained(f).eval()(ids).last_hidden_state for f in (tiny("bert"), other)]
    assert measured.metrics["hidden_cosine"] == pytest.approx(
        float(F.cosine_similarity(*states, dim=-1).mean()), abs=1e-5
    )
    means = [state.mean(1) for state in states]
    assert measured.metrics["pooled_cosine"] == pytest.approx(
        float(F.cosine_similarity(*means, dim=-1).mean()), abs=1e-5
    )
    assert "perplexity" not in measured.metrics and "encoder" in measured.protocol["note"]


def test_an_encoder_with_a_head_has_a_loss_on_masked_tokens(
    tmp_path: Path, text: str, tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = AutoConfig.from_pretrained(tiny("bert"))
    torch.manual_seed(0)
    model = AutoModelForMaskedLM.from_config(config).eval()
    model.save_pretrained(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(tiny("bert"))
    tokenizer.mask_token = "<unk>"
    tokenizer.save_pretrained(tmp_path / "model")
    ids = torch.tensor(tokenizer(WORDS)["input_ids"])[: 64 * 3].view(-1, 64)
    masked = ids.clone()
    masked[:, 3::7] = tokenizer.mask_token_id
    with torch.no_grad():
        logits = model(masked).logits
    expected = F.cross_entropy(logits[:, 3::7].reshape(-1, logits.shape[-1]), ids[:, 3::7].reshape(-1)).item()
    monkeypatch.setattr(evaluating, "LOGIT_BYTES", 30 * 4 * 260)
    measured = measure(tmp_path / "model", text)
    assert measured.metrics["masked_loss"] == pytest.approx(expected, rel=1e-5)
    assert "masked" in measured.protocol["note"]


def test_a_short_text_is_refused_with_its_length(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "short.txt"
    path.write_text("only this")
    with pytest.raises(BadInput, match="9 tokens") as caught:
        measure(tiny("llama"), str(path))
    assert "at most 9" in str(caught.value)


def test_another_tokenizer_is_refused(tiny: Callable[[str], Path], tmp_path: Path, text: str) -> None:
    other = tiny_model("llama", tmp_path / "other")
    words = (other / "tokenizer.json").read_text("utf-8").replace('"e":', '"SWAP":').replace('"t":', '"e":')
    (other / "tokenizer.json").write_text(words.replace('"SWAP":', '"t":'), "utf-8")
    with pytest.raises(BadInput, match="tokenizers"):
        measure(tiny("llama"), text, other)


@pytest.mark.parametrize(
    ("tensor", "layer"),
    [
        ("model.layers.1.mlp.up_proj.weight", "model.layers.1.mlp.up_proj"),
        ("model.embed_tokens.weight", "model.embed_tokens"),
        ("lm_head.weight", "lm_head"),
    ],
)
def test_nan_in_a_weight_names_the_layer(tensor: str, layer: str, tmp_path: Path, text: str) -> None:
    def damage(weights: dict[str, torch.Tensor]) -> None:
        weights[tensor][ord("q") - 33, 5] = math.nan

    with pytest.raises(RunFailed) as caught:
        measure(changed(tmp_path, damage, "llama_untied"), text)
    assert caught.value.where == layer
    assert tensor in caught.value.why


def in_memory(*models: Model) -> int:
    """Values of the parameters that are not on the meta device."""
    return sum(tensor.numel() for model in models for tensor in model.module.parameters() if not tensor.is_meta)


def test_one_layer_of_one_model_is_in_memory_at_a_time(tmp_path: Path, text: str, tiny: Callable[[str], Path]) -> None:
    model = open_model(tiny("llama_untied"))
    reference = open_model(tiny_model("llama_untied", tmp_path / "other", seed=1))
    most = 0

    def checkpoint() -> None:
        nonlocal most
        most = max(most, in_memory(model, reference))

    evaluate(
        model,
        text=text,
        window=64,
        windows=2,
        reference=reference,
        speed=False,
        progress=lambda *_: None,
        checkpoint=checkpoint,
    )
    table = model.anatomy.vocabulary * model.anatomy.hidden_size
    layer = sum(parameter.numel() for parameter in model.get(model.anatomy.layers[0].name).parameters())
    norm = model.anatomy.hidden_size
    assert 0 < most <= max(table + layer, 2 * table + norm) + table + norm  # beside it the head of the other
    assert in_memory(model, reference) == 0


@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert"])
def test_an_original_that_was_measured_is_not_read_again(
    kind: str, tmp_path: Path, text: str, tiny: Callable[[str], Path]
) -> None:
    states = tmp_path / "states.safetensors"
    other = tiny_model(kind, tmp_path / "other", seed=1)
    expected = measure(other, text, tiny(kind)).metrics
    measure(tiny(kind), text, states=states)
    reference = open_model(tiny(kind))
    read: list[str] = []
    load = reference.load

    def loading(part: Part, **options: Any) -> Model:
        read.append(part.name)
        return load(part, **options)

    reference.load = loading  # type: ignore[method-assign]
    options: dict[str, Any] = {"progress": lambda *_: None, "checkpoint": lambda: None, "speed": False}
    found = evaluate(open_model(other), text=text, window=64, windows=3, reference=reference, states=states, **options)
    assert found.metrics == expected
    assert read == ["head"]
    states.write_bytes(states.read_bytes()[:-1] + b"?")
    assert measure(other, text, tiny(kind), states=states).metrics == expected, "damaged ones are made again"
    shorter = measure(other, text, tiny(kind), window=48).metrics  # as of a model with fewer positions
    assert measure(other, text, tiny(kind), window=48, states=states).metrics == shorter, "those of other tokens"
    assert measure(other, text, tiny(kind), states=states).metrics == expected


def test_windows_are_read_in_groups(tiny: Callable[[str], Path], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = measure(tiny("llama"), text, tiny("qwen2"), windows=5).metrics
    monkeypatch.setattr("engine.measure.reading.GROUP_BYTES", 2 * 64 * 64 * 4)
    fractions: list[float] = []
    found = measure(
        tiny("llama"), text, tiny("qwen2"), windows=5, progress=lambda fraction, _: fractions.append(fraction)
    ).metrics
    assert found == pytest.approx(expected, rel=1e-9)
    assert fractions == sorted(fractions) and fractions[-1] <= 1


def changing_angles(model: Model) -> None:
    """Position embeddings that depend on the tokens."""
    rotary = model.get("model.rotary_emb")
    forward = rotary.forward
    rotary.forward = lambda x, *others, **named: tuple(  # type: ignore[method-assign]
        each + x.mean() for each in forward(x, *others, **named)
    )


def adding_between(model: Model) -> None:
    """Something that the network adds to what enters its second layer."""
    model.get(model.anatomy.layers[1].name).register_forward_pre_hook(lambda _, x: (x[0] + 0.5, *x[1:]))


@pytest.mark.parametrize("change", [changing_angles, adding_between])
def test_what_depends_on_the_tokens_or_happens_between_layers(
    change: Callable[[Model], None], tiny: Callable[[str], Path], text: str
) -> None:
    ids, _ = plain_logits(tiny("llama"), 64, 3)
    whole = open_model(tiny("llama")).load(dtype=torch.float32)
    change(whole)
    with torch.no_grad():
        logits = torch.cat([whole.module(row[None]).logits for row in ids])
    loss = F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1)).item()
    model = open_model(tiny("llama"))
    change(model)
    options: dict[str, Any] = {"progress": lambda *_: None, "checkpoint": lambda: None, "speed": False}
    found = evaluate(model, text=text, window=64, windows=3, reference=None, **options)
    assert found.metrics["loss"] == pytest.approx(loss, rel=1e-6)


def test_cancel_leaves_a_window_at_the_next_layer(tiny: Callable[[str], Path], text: str) -> None:
    calls = 0

    def checkpoint() -> None:
        nonlocal calls
        calls += 1
        if calls == 30:
            raise Cancelled

    with pytest.raises(Cancelled):
        measure(tiny("llama"), text, checkpoint=checkpoint)
    assert calls == 30


def changed(folder: Path, change: Callable[[dict[str, torch.Tensor]], None], kind: str = "llama") -> Path:
    """A tiny model with changed weights."""
    from safetensors.torch import load_file, save_file

    tiny_model(kind, folder / kind)
    file = folder / kind / "model.safetensors"
    weights = load_file(file)
    change(weights)
    save_file(weights, file, {"format": "pt"})
    return folder / kind


@pytest.mark.real_model
def test_two_windows_of_smollm2_are_what_transformers_gives(smollm2: Path, shared_data: Path) -> None:
    """By its own network and loss: that it holds the tensors that transformers reads from the file is in
    test_gguf_headers.py."""
    measured = measure(smollm2, str(shared_data / "wikitext2-test.raw"), window=256, windows=2)
    start = (shared_data / "wikitext2-test.raw").read_text("utf-8")[:10_000]
    ids = torch.tensor(load_tokenizer(smollm2)(start)["input_ids"][:512]).view(2, -1)
    model = open_model(smollm2).load(dtype=torch.float32).module
    with torch.no_grad():
        loss = sum(float(model(row[None], labels=row[None]).loss) for row in ids) / 2
    assert measured.metrics["perplexity"] == pytest.approx(math.exp(loss), rel=1e-5)
