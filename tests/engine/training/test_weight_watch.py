"""What is seen of weights while they are trained."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.methods.quantization.onebit.objective import WholeObjective
from engine.modules.onebit import OneBitTraining
from engine.testing.stage import RecordingStage
from engine.training.weight_watch import AT_ONCE, SECONDS, WeightWatch


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Block(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.up = nn.Linear(size, 2 * size)
        self.norm = nn.LayerNorm(size)


class Network(nn.Module):
    def __init__(self, count: int, size: int = 8) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, size)
        self.layers = nn.ModuleList([Block(size) for _ in range(count)])
        self.head = nn.Linear(size, 11)


def test_layers_are_seen_every_few_seconds_with_what_they_were(tmp_path) -> None:
    network, clock, stage = Network(2), Clock(), RecordingStage(tmp_path)
    watch = WeightWatch(network, stage, clock)
    watch.look(0, last=False)
    assert not stage.layers
    with torch.no_grad():
        network.layers[0].up.weight.mul_(3)
    clock.now += SECONDS
    watch.look(7, last=False)
    assert list(stage.layers) == ["layers.0.up", "layers.1.up"]
    first, second = stage.layers.values()
    assert first.step == second.step == 7 and first.quantity == "weight"
    assert first.before is not None and first.after is not None and first.before != first.after
    assert second.before == second.after and sum(second.after.counts) == 16 * 8
    assert first.metrics["maximum"] == pytest.approx(float(network.layers[0].up.weight.detach().max()))


def test_of_weights_under_a_mask_what_stays_is_seen(tmp_path) -> None:
    network, stage = Network(1), RecordingStage(tmp_path)
    watch = WeightWatch(network, stage)
    with torch.no_grad():
        network.layers[0].up.weight[:, ::2] = 0.0
    watch.look(1, last=True)
    (event,) = stage.layers.values()
    assert event.metrics["sparsity"] == 0.5 and event.after is not None and sum(event.after.counts) == 16 * 4


def test_of_an_adapter_the_product_is_seen_and_not_the_frozen_layer(tmp_path) -> None:
    network, stage = Network(1), RecordingStage(tmp_path)
    network.requires_grad_(False)
    held = nn.Module()
    held.base_layer = network.layers[0].up
    held.lora_A, held.lora_B = nn.ModuleDict({"default": nn.Linear(8, 2)}), nn.ModuleDict({"default": nn.Linear(2, 16)})
    held.scaling = {"default": 2.0}
    network.layers[0].up = held
    WeightWatch(network, stage).look(1, last=True)
    (event,) = stage.layers.values()
    product = 2.0 * held.lora_B["default"].weight @ held.lora_A["default"].weight
    assert event.layer == "layers.0.up" and event.before is None and event.quantity == "update"
    assert event.metrics["maximum"] == pytest.approx(float(product.detach().max()), rel=1e-5)


def test_an_adapter_that_is_split_over_processes_is_left_out(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, stage = Network(1), RecordingStage(tmp_path)
    held = network.layers[0].up
    held.requires_grad_(False)
    held.scaling = {"default": 2.0}
    held.lora_A, held.lora_B = nn.ModuleDict({"default": nn.Linear(8, 2)}), nn.ModuleDict({"default": nn.Linear(2, 16)})
    piece = held.lora_B["default"].weight
    monkeypatch.setattr("engine.models.ranks.is_split_tensor", lambda tensor: tensor is piece)
    WeightWatch(network, stage).look(1, last=True)
    assert not stage.layers


class Made(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def watched_weight(self) -> torch.Tensor:
        return self.scale * torch.eye(8)


def test_of_a_layer_that_makes_its_weight_the_weight_is_seen(tmp_path) -> None:
    network, stage = Network(1), RecordingStage(tmp_path)
    network.requires_grad_(False)
    network.layers[0].up = Made()
    watch = WeightWatch(network, stage)
    with torch.no_grad():
        network.layers[0].up.scale.mul_(3)
    watch.look(5, last=True)
    (event,) = stage.layers.values()
    assert event.layer == "layers.0.up" and event.metrics["maximum"] == 3.0 and event.before != event.after


def test_of_many_layers_some_are_seen_at_a_time_and_all_in_turn(tmp_path) -> None:
    network, clock, stage = Network(AT_ONCE + 5, size=2), Clock(), RecordingStage(tmp_path)
    watch = WeightWatch(network, stage, clock)
    clock.now += SECONDS
    watch.look(1, last=False)
    assert len(stage.layers) == AT_ONCE
    clock.now += SECONDS
    watch.look(1, last=False)
    assert len(stage.layers) == AT_ONCE + 5


def test_of_a_layer_of_one_bit_signs_times_vectors_are_seen(tmp_path) -> None:
    network, stage = Network(1), RecordingStage(tmp_path)
    weight = network.layers[0].up.weight.detach().clone()
    network.requires_grad_(False)
    network.layers[0].up = OneBitTraining.of(weight, None)
    objective = WholeObjective(network, nn.Identity(), 1.0, 0.0)
    watch = WeightWatch(objective.watched, stage)
    with torch.no_grad():
        network.layers[0].up.h.mul_(2)
    watch.look(5, last=True)
    (event,) = stage.layers.values()
    made = network.layers[0].up.compressed().dense_weight().float()
    assert event.layer == "layers.0.up" and event.metrics["maximum"] == pytest.approx(float(made.max()), rel=1e-6)
    assert event.before is not None and event.after is not None and event.before != event.after
