"""Lottery tickets: the invariants of the search, its controls, and that a killed search goes on where it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from engine.base.errors import BadInput
from engine.contracts.events import Curve
from engine.methods.pruning.lottery_ticket import method as module
from engine.methods.pruning.lottery_ticket.network import Masks, Network, Weights
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules.sparse import MaskedLinear, SparseLinear
from engine.modules.sparse_embedding import SparseEmbedding
from engine.numerics.masks import remaining_after
from engine.testing.models import DECODERS
from engine.testing.stage import Killed, RecordingStage, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
TRAINING = {
    "text": TEXT,
    "sequence_length": 32,
    "steps": 3,
    "batch_size": 2,
    "micro_batch_size": 2,
    "eval_samples": 2,
    "eval_steps": 2,
}
MATRIX_SETTINGS: dict[str, Any] = {**TRAINING, "rounds": 1, "remaining": 30, "controls": "none"}
MATRIX_KINDS = DECODERS


class Watch:
    """What every training of a search starts from and ends with, by its name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.starts: dict[str, tuple[Weights, Masks]] = {}
        self.ends: dict[str, Weights] = {}
        self.firsts: dict[str, int] = {}
        real = module.train

        def watched(objective: Any, *arguments: Any, name: str, first: int, **options: Any) -> Any:
            network: Network = objective._network[0]
            self.starts[name], self.firsts[name] = (network.weights(), network.masks()), first
            after_step = objective.after_step

            def check(step: int) -> None:
                after_step(step)
                for layer in network.layers:
                    masked = network.model.get(layer)
                    assert isinstance(masked, MaskedLinear)
                    assert not (masked.weight * ~masked.mask).any()

            objective.after_step = check
            trained = real(objective, *arguments, name=name, first=first, **options)
            self.ends[name] = network.weights()
            return trained

        monkeypatch.setattr(module, "train", watched)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


@pytest.mark.parametrize("scope", ["global", "layer"])
@pytest.mark.parametrize("kind", ["llama_untied", "gpt2"])
def test_the_search(kind: str, scope: str, tiny: Tiny, tmp_path: Path, watch: Watch) -> None:
    settings = {**TRAINING, "rounds": 3, "remaining": 20, "scope": scope, "controls": "every", "weight_decay": 0.1}
    compress(tiny(kind), "lottery_ticket", settings, tmp_path)
    start = watch.starts["dense"][0]
    masks = {n: torch.ones_like(m) for n, m in watch.starts["round 1"][1].items()}
    trained = watch.ends["dense"]
    for round_ in (1, 2, 3):
        weights, now = watch.starts[f"round {round_}"]
        pruned = {name: masks[name] & ~now[name] for name in masks}
        for name, mask in now.items():
            assert not (mask & ~masks[name]).any(), "monotone"
            stored = weights[f"{name}.weight"]
            assert torch.equal(stored[mask], start[f"{name}.weight"][mask]), "rewound to the bit"
        alone = [name for name in now if scope == "layer" or name == "lm_head"]
        for names in [[name] for name in alone] + [[name for name in now if name not in alone]]:
            kept = [trained[f"{name}.weight"][now[name]].abs() for name in names]
            gone = [trained[f"{name}.weight"][pruned[name]].abs() for name in names]
            if names == ["lm_head"]:
                size, by_token = trained["lm_head.weight"].abs(), now["lm_head"].sum(1)
                smallest = size.masked_fill(~now["lm_head"], torch.inf).amin(1)
                assert (smallest >= size.masked_fill(~pruned["lm_head"], 0).amax(1)).all(), "the smallest of each token"
                assert by_token.max() - by_token.min() <= 1
            elif names:
                assert torch.cat(kept).min() >= torch.cat(gone).max(), "the smallest go"
            if names and names != ["lm_head"]:
                total = sum(now[name].numel() for name in names)
                assert sum(len(k) for k in kept) == remaining_after(total, 0.2, round_, 3), "exact counts"
        again, same = watch.starts[f"round {round_} trial 1, new weights"]
        other = watch.starts[f"round {round_} trial 1, random mask"][1]
        assert all(torch.equal(now[name], same[name]) for name in now)
        assert not any(torch.equal(again[f"{n}.weight"], weights[f"{n}.weight"]) for n in now)
        assert all(int(other[name].sum()) == int(now[name].sum()) for name in now)
        assert not any(torch.equal(other[name], now[name]) for name in now)
        masks, trained = now, watch.ends[f"round {round_}"]
    if kind == "llama_untied":
        left = int(masks["lm_head"].sum()) / masks["lm_head"].numel()
        assert left == pytest.approx(((1 + 0.2 ** (1 / 3)) / 2) ** 3, abs=1e-3)
    model = open_model(tmp_path / "artifact").load()
    for name, mask in masks.items():
        found = model.get(name)
        assert isinstance(found, SparseLinear)
        assert torch.equal(found.kept_mask(), mask)
        assert torch.equal(found.matrix(), trained[f"{name}.weight"] * mask)


@pytest.mark.parametrize("kind", ["llama", "llama_untied", "gemma"])
def test_the_embedding_may_be_pruned_too(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """By itself; a head that shares the table reads the pruned one, and both stay so in later trainings."""
    settings = {**MATRIX_SETTINGS, "rounds": 2, "prune_embeddings": True}
    compress(tiny(kind), "lottery_ticket", settings, tmp_path)
    model = open_model(tmp_path / "artifact")
    name, tied = model.anatomy.embeddings[0], model.anatomy.tied
    table = model.load().get(name)
    share = ((1 + 0.3**0.5) / 2) ** 2 if tied else 0.3
    assert isinstance(table, SparseEmbedding) and tied == (kind != "llama_untied")
    assert table.kept / table.kept_mask().numel() == pytest.approx(share, abs=1e-3)
    by_token = table.kept_mask().sum(1)
    assert by_token.max() - by_token.min() <= 1, "no token is lost because the text has it seldom"
    dense = transformers.AutoModelForCausalLM.from_pretrained(tiny(kind))
    dense.load_state_dict({n: t for n, t in dense_weights(model).items() if n in dense.state_dict()})
    tokens = torch.arange(24).view(1, 24)
    with torch.no_grad():
        assert torch.allclose(model.module(tokens).logits, dense(tokens).logits, atol=1e-5)
    training = {name: TRAINING[name] for name in ("text", "sequence_length", "batch_size", "eval_samples")}
    tuned = {**training, "steps": 3, "weight_decay": 0.5, "learning_rate": 1e-2}
    compress(tmp_path / "artifact", "fine_tuning", tuned, tmp_path / "tuned")
    later = open_model(tmp_path / "tuned" / "artifact").load().get(name)
    assert isinstance(later, SparseEmbedding) and torch.equal(later.kept_mask(), table.kept_mask())
    assert not torch.equal(later.values, table.values)


def test_the_head_may_lose_as_much_as_all_others(tiny: Tiny, tmp_path: Path) -> None:
    """Then the share that is asked for is that of all weights but norms, where the embedding is pruned too."""
    settings = {**MATRIX_SETTINGS, "rounds": 2, "prune_embeddings": True, "head_rate": "full"}
    told = compress(tiny("llama"), "lottery_ticket", settings, tmp_path).details
    assert told["remaining"] == pytest.approx(30, abs=0.1)
    assert told["remaining of all weights"] == pytest.approx(30, abs=1)


def dense_weights(model: Model) -> dict[str, torch.Tensor]:
    """The weights of a loaded model by name, whatever form its layers have."""
    found = {name: tensor.detach() for name, tensor in model.module.state_dict().items()}
    return found | {f"{name}.weight": module.dense_weight() for name, module in model.compressed().items()}


def test_rewinding_to_a_step(tiny: Tiny, tmp_path: Path, watch: Watch) -> None:
    settings = {**MATRIX_SETTINGS, "rewind": "step", "rewind_step": 2}
    compress(tiny("llama"), "lottery_ticket", settings, tmp_path)
    assert watch.firsts == {"dense": 0, "round 1": 2}
    name = "model.layers.0.mlp.down_proj"
    weights, masks = watch.starts["round 1"]
    kept = masks[name]
    assert not torch.equal(weights[f"{name}.weight"][kept], watch.starts["dense"][0][f"{name}.weight"][kept])
    assert not torch.equal(weights[f"{name}.weight"][kept], watch.ends["dense"][f"{name}.weight"][kept])


def test_rewinding_to_what_came_in_and_of_the_rate_alone(tiny: Tiny, tmp_path: Path, watch: Watch) -> None:
    name = "model.layers.0.mlp.down_proj"
    incoming = open_model(tiny("llama")).load().get(name).weight
    compress(tiny("llama"), "lottery_ticket", {**MATRIX_SETTINGS, "rewind": "pretrained"}, tmp_path / "one")
    weights, masks = watch.starts["round 1"]
    assert torch.equal(weights[f"{name}.weight"], incoming * masks[name])
    watch.starts.clear()
    compress(
        tiny("llama"), "lottery_ticket", {**MATRIX_SETTINGS, "rewind": "learning_rate", "rounds": 2}, tmp_path / "two"
    )
    assert list(watch.starts) == ["round 1", "round 2"]
    assert torch.equal(watch.starts["round 1"][0][f"{name}.weight"], incoming * watch.starts["round 1"][1][name])
    mask = watch.starts["round 2"][1][name]
    assert torch.equal(watch.starts["round 2"][0][f"{name}.weight"], watch.ends["round 1"][f"{name}.weight"] * mask)


@pytest.mark.parametrize(("rewind", "kept"), [("initialization", 0), ("step", 2)])
def test_behind_training_from_scratch(rewind: str, kept: int, tiny: Tiny, tmp_path: Path, watch: Watch) -> None:
    """Its training is the dense one, and its files are rewound to: the same ticket as if all was trained here."""
    name = "model.layers.1.self_attn.q_proj"
    compress(tiny("llama"), "train_from_scratch", {**TRAINING, "keep_step": kept}, tmp_path / "scratch")
    settings = {**MATRIX_SETTINGS, "rewind": rewind, "rewind_step": 2}
    stage = compress(tmp_path / "scratch" / "artifact", "lottery_ticket", settings, tmp_path)
    assert list(watch.starts) == ["round 1"]
    weights, masks = watch.starts["round 1"]
    from engine.methods.shared.rewind import load_weights, rewind_file

    start = load_weights(rewind_file(tmp_path / "scratch" / "artifact", kept))
    assert torch.equal(weights[f"{name}.weight"], start[f"{name}.weight"] * masks[name])
    assert any("weight_decay" in line for line in stage.lines)  # its default is another one
    if kept:
        with pytest.raises(BadInput, match="were not kept"):
            settings = {**settings, "rewind_step": 1}
            compress(tmp_path / "scratch" / "artifact", "lottery_ticket", settings, tmp_path / "other")


def test_all_curves_of_a_search_are_in_one_chart(tiny: Tiny, tmp_path: Path) -> None:
    stage = compress(tiny("llama"), "lottery_ticket", {**MATRIX_SETTINGS, "rounds": 2, "controls": "every"}, tmp_path)
    curves = [event for event in stage.events if isinstance(event, Curve)]
    by_chart = {chart: {c.series for c in curves if c.chart == chart} for chart in {c.chart for c in curves}}
    assert by_chart["Loss against sparsity"] == {"dense", "ticket", "new weights", "random mask"}
    assert by_chart["Early stop against sparsity"] == by_chart["Loss against sparsity"]
    assert len(by_chart["Held-out loss"]) == 7
    last = [c for c in curves if c.chart == "Loss against sparsity" and c.series == "ticket"][-1]
    assert last.x == pytest.approx((30, 100 * 0.3**0.5), abs=0.1)
    assert all(event.metrics["sparsity"] > 0.3 for event in stage.layers.values())
    assert set(stage.details["ticket"]) == {"30 %", "54.772 %"}


@pytest.mark.parametrize("killed_in", ["dense", "round 1", "round 2", "round 2 trial 1, random mask"])
def test_a_killed_search_goes_on_with_the_same_bits(
    killed_in: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {**MATRIX_SETTINGS, "rounds": 2, "controls": "last", "dropout": 0.1}
    compress(tiny("llama"), "lottery_ticket", settings, tmp_path / "whole")
    real, trained = module.train, []

    def dying(objective: Any, *arguments: Any, name: str, **options: Any) -> Any:
        trained.append(name)
        if name == killed_in:
            raise Killed
        return real(objective, *arguments, name=name, **options)

    monkeypatch.setattr(module, "train", dying)
    with pytest.raises(Killed):
        compress(tiny("llama"), "lottery_ticket", settings, tmp_path / "killed")
    monkeypatch.setattr(module, "train", real)
    compress(tiny("llama"), "lottery_ticket", settings, tmp_path / "killed")
    one, two = (sorted((tmp_path / name / "artifact").glob("*.safetensors")) for name in ("whole", "killed"))
    assert trained[-1] == killed_in
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_repeats_of_the_whole_search(tiny: Tiny, tmp_path: Path, watch: Watch) -> None:
    """Other weights, other masks, another order; means with intervals; what stays is the ticket of the first."""
    settings = {**MATRIX_SETTINGS, "controls": "last"}
    compress(tiny("llama"), "lottery_ticket", settings, tmp_path / "one")
    once = dict(watch.starts)
    watch.starts.clear()
    stage = compress(tiny("llama"), "lottery_ticket", {**settings, "repeats": 3}, tmp_path / "three")
    parsed = method("lottery_ticket").settings.parse({**settings, "repeats": 3})
    assert len(watch.starts) == 3 * len(once) == parsed.trainings()
    name = "model.layers.0.mlp.down_proj"
    dense = [watch.starts[f"{prefix}dense"][0][f"{name}.weight"] for prefix in ("", "search 2, ", "search 3, ")]
    assert not torch.equal(dense[0], dense[1]) and not torch.equal(dense[1], dense[2])
    masks = [watch.starts[f"{prefix}round 1"][1][name] for prefix in ("", "search 2, ")]
    assert not torch.equal(*masks)
    one, three = (sorted((tmp_path / name / "artifact").glob("*.safetensors")) for name in ("one", "three"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in three]
    rows = {
        kind: next(iter(stage.details[kind].values())) for kind in ("dense", "ticket", "new weights", "random mask")
    }
    assert all(row["loss ±"] > 0 and row["loss"] > 0 for row in rows.values())


def test_of_what_the_share_remains(tiny: Tiny, tmp_path: Path) -> None:
    """The embedding, which the head shares, stays whole."""
    stage = compress(tiny("llama"), "lottery_ticket", MATRIX_SETTINGS, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    pruned = [module for module in model.compressed().values() if isinstance(module, SparseLinear)]
    gone = sum(int((~module.kept_mask()).sum()) for module in pruned)
    whole = open_model(tiny("llama")).header.parameters
    assert stage.details["remaining"] == pytest.approx(30, abs=0.1)
    assert stage.details["remaining of all weights"] == pytest.approx(100 * (whole - gone) / whole, abs=0.1)
    assert any("of all weights" in line for line in stage.lines)


def test_stopping_keeps_the_ticket_of_the_last_round(tiny: Tiny, tmp_path: Path) -> None:
    class Stopping(RecordingStage):
        stopping = property(lambda self: any(isinstance(e, Curve) and e.series == "ticket 54.8 %" for e in self.events))

    info = method("lottery_ticket")
    stage = Stopping(tmp_path)
    settings = info.settings.parse({**MATRIX_SETTINGS, "rounds": 2})
    stage.finish(info.load().apply(open_model(tiny("llama")), settings, stage))
    assert stage.details["remaining"] == pytest.approx(54.77, abs=0.01)
    assert any("Stopped before round 2" in line for line in stage.lines)


@pytest.mark.parametrize("killed_in", ["round 1", "round 2", "round 3"])
def test_stopping_a_resumed_search_keeps_the_newest_ticket(
    killed_in: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that comes before the rounds that were done already are read: their weights are not on disk any more."""

    class Stopping(RecordingStage):
        stopping = True

    real, settings = module.train, {**MATRIX_SETTINGS, "rounds": 3}

    def dying(objective: Any, *arguments: Any, name: str, **options: Any) -> Any:
        if name == killed_in:
            raise Killed
        return real(objective, *arguments, name=name, **options)

    monkeypatch.setattr(module, "train", dying)
    with pytest.raises(Killed):
        compress(tiny("llama"), "lottery_ticket", settings, tmp_path)
    monkeypatch.setattr(module, "train", real)
    info, stage = method("lottery_ticket"), Stopping(tmp_path)
    stage.finish(info.load().apply(open_model(tiny("llama")), info.settings.parse(settings), stage))
    done = int(killed_in[-1]) - 1
    assert any(f"Stopped before round {done + 1}" in line for line in stage.lines)
    assert stage.details["remaining"] == pytest.approx(100 * 0.3 ** (done / 3), abs=0.1)
    assert open_model(tmp_path / "artifact").load().get("model.layers.0.mlp.down_proj") is not None


def test_settings_are_checked(tiny: Tiny) -> None:
    info = method("lottery_ticket")
    assert "rewind to an earlier one" in info.settings.problems({"rewind": "step", "rewind_step": 999})[""]
    assert "can't be compared" in info.settings.problems({"eval_samples": 0})[""]
    anatomy = open_model(tiny("llama")).anatomy
    assert "No layer is left" in info.load().check(anatomy, info.settings.parse({"ignore": ("*",)}))[0].message
    assert info.settings.parse({"rounds": 4, "controls": "every", "trials": 2}).trainings() == 1 + 4 + 16
