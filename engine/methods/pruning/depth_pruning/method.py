"""Depth pruning: measure the layers, choose, and slice the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

import torch

from engine import devices
from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.calibration.tokens import calibration_tokens
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs import rates
from engine.methods.costs.bytes import artifact_bytes, host_bytes, loaded_bytes
from engine.methods.costs.primitives import Walk
from engine.methods.costs.training import decoder_problems
from engine.methods.pruning.depth_pruning.choosing import VECTORS, Trial, measured
from engine.methods.pruning.depth_pruning.settings import DepthPruningSettings
from engine.methods.shared.cutting import cut
from engine.models.model import Model
from engine.models.slicing import Kept, Shape, sliced
from engine.models.stage import Stage
from engine.numerics.influence import closest_block, least_influential_layers


class DepthPruning:
    """The algorithm.

    In memory: one layer, and the hidden states of all samples. By the loss without a layer, the whole model: 2 bytes
    for each weight on an accelerator with bfloat16, 4 on the CPU.
    """

    def check(self, anatomy: Anatomy, settings: DepthPruningSettings) -> list[Problem]:
        """A model whose layers are not known, more layers to remove than there are, a loss that can't be had."""
        if anatomy.not_alike:
            return [Problem("error", anatomy.not_alike)]
        problems = decoder_problems(anatomy) if settings.criterion == "loss" else []
        count = len(anatomy.layers)
        if settings.criterion == "manual":
            if settings.named_layers()[-1] >= count:
                message = f"Layer {settings.named_layers()[-1]} does not exist: the model has layers 0 to {count - 1}"
                problems.append(Problem("error", message, advice="Name others"))
            elif len(settings.named_layers()) == count:
                problems.append(Problem("error", "No layer would be left of the model", advice="Name fewer"))
        elif settings.num_pruned_layers >= count:
            message = f"{settings.num_pruned_layers} layers can't be removed from a model that has {count}"
            problems.append(Problem("error", message, advice="Remove fewer"))
        return problems

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: DepthPruningSettings, device: torch.device
    ) -> Estimate:
        """Without the last layers, as if all were of one size; memory for one layer and the hidden states, or for the
        whole model where the loss is measured."""
        whole = sum(loaded_bytes(info) for info in header.tensors)
        if not anatomy.layers:
            return Estimate(whole, whole, None)
        count = len(anatomy.layers)
        smaller = self.reshaped(header, anatomy, settings)
        gone = count - len(smaller[1].layers)
        disk = artifact_bytes(*smaller, {})
        walk, tokens = Walk.of(settings), settings.num_samples * settings.sequence_length
        weights = float(sum(x.in_features * x.out_features for layer in anatomy.layers for x in layer.linears))
        inside = [x for layer in anatomy.layers for x in layer.linears]
        seconds = 0.0 if settings.criterion == "manual" else walk.seconds(inside, device)
        memory = walk.memory(header, anatomy, device)
        if not devices.is_accelerator(device):
            memory = max(memory, host_bytes(header, anatomy))  # the head is loaded beside the vectors
            memory += 4 * (count + 1) * min(tokens, VECTORS) * anatomy.hidden_size
        if settings.criterion == "loss":
            trial_tokens = min(settings.loss_samples, settings.num_samples) * settings.sequence_length
            rounds = 1 + (gone - 1) * min(1.0, candidates_of(settings.num_pruned_layers) / count)
            tries = 2.0 * trial_tokens * rounds * count * (weights / 2 + anatomy.hidden_size * anatomy.vocabulary)
            seconds = rates.READING + tries / walk.rate(device)
            memory = 2 * whole + 4 * trial_tokens * anatomy.hidden_size * count
        return Estimate(disk, memory, seconds)

    def reshaped(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: DepthPruningSettings
    ) -> tuple[CheckpointHeader, Anatomy]:
        """Without the last layers, as if all were of one size."""
        count = len(anatomy.layers)
        gone = len(settings.named_layers()) if settings.criterion == "manual" else settings.num_pruned_layers
        shape = dataclasses.replace(Shape.of(anatomy), layers=max(min(count, 1), count - gone))
        return cut(header, anatomy, shape)

    def apply(self, model: Model, settings: DepthPruningSettings, stage: Stage) -> Model:
        """A model without the layers that were chosen; the choice is remembered in the stage's folder."""
        memory = stage.folder / "layers.json"
        gone: list[int] | None = checksum.load_values(memory, stage.log)
        if gone is None:
            gone = list(_chosen(model, settings, stage))
            checksum.save_values(memory, gone)
        staying = _staying(model, gone)
        stage.log(f"Layers that go: {', '.join(map(str, gone))}")
        stage.detail("removed layers", {str(index): 1.0 for index in gone})
        stays = [[float(index in staying)] for index in range(len(model.anatomy.layers))]
        stage.grid("Masks", "layers", stays, row_title="layer", column_title="layers", low=0.0, high=1.0)
        return without_layers(model, gone, stage)


def without_layers(model: Model, gone: Collection[int], stage: Stage) -> Model:
    """The model without these layers: see `engine.models.slicing.sliced`."""
    return sliced(model, Kept(layers=_staying(model, gone)), stage)


def _staying(model: Model, gone: Collection[int]) -> tuple[int, ...]:
    return tuple(index for index in range(len(model.anatomy.layers)) if index not in gone)


def candidates_of(remove: int) -> int:
    """Layers that are taken out for trial again after the first round: those that were missed least in it."""
    return max(8, 2 * remove)


def _chosen(model: Model, settings: DepthPruningSettings, stage: Stage) -> list[int]:
    """The layers that go, in order."""
    if settings.criterion == "manual":
        return list(settings.named_layers())
    tokens = calibration_tokens(model, settings, stage).to(stage.device)
    if settings.criterion == "loss":
        return _by_loss(model, settings, stage, tokens)
    influences, distances = measured(model, settings, stage, tokens)
    if any(value != value for value in influences):
        raise BadInput("The hidden states are not finite", where=str(model.path), advice="check the model")
    _draw(stage, influences, distances.tolist())
    if settings.criterion == "angular_distance":
        return closest_block(distances, settings.num_pruned_layers)
    return least_influential_layers(influences, settings.num_pruned_layers)


def _draw(stage: Stage, influences: Sequence[float], distances: Sequence[Sequence[float]]) -> None:
    places = list(range(len(influences)))
    stage.curve("Block influence", "1 − cos", places, influences, x_title="layer", y_title="influence", log_y=True)
    stage.grid(
        "Angular distance",
        "between layers",
        [
            [value if last > first else float("nan") for last, value in enumerate(row)]
            for first, row in enumerate(distances)
        ],
        row_title="before layer",
        column_title="before layer",
        low=0.0,
    )


def _by_loss(model: Model, settings: DepthPruningSettings, stage: Stage, tokens: torch.Tensor) -> list[int]:
    """One after the other, the layer goes without which the loss is smallest (Kim et al. 2024, Shortened LLaMA, arXiv
    2402.02834, measure each once; what is gone is respected here)."""
    trial = Trial(model, settings, stage, tokens)
    count = len(model.anatomy.layers)
    candidates = list(range(count))
    total = count + (settings.num_pruned_layers - 1) * candidates_of(settings.num_pruned_layers)
    done = 0
    try:
        losses = [trial.whole()]
        for round_ in range(settings.num_pruned_layers):
            losses_without: dict[int, float] = {}
            for index in (index for index in candidates if index not in trial.gone):
                stage.progress(min(0.9, 0.9 * done / total), f"Trying without layer {index}")
                losses_without[index] = trial.without(index)
                done += 1
            series = f"{round_} removed"
            places = sorted(losses_without)
            values = [losses_without[index] for index in places]
            stage.curve("Loss without a layer", series, places, values, x_title="layer", y_title="nats", log_y=True)
            ranked = sorted(losses_without, key=lambda index: (losses_without[index], index))
            if round_ == 0:
                candidates = sorted(ranked[: candidates_of(settings.num_pruned_layers)])
            trial.gone.add(ranked[0])
            losses.append(trial.whole())
            steps = list(range(len(losses)))
            stage.curve("Loss by depth", "loss", steps, losses, x_title="removed layers", y_title="nats")
        stage.detail("loss", {str(step): loss for step, loss in enumerate(losses)})
        return sorted(trial.gone)
    finally:
        trial.close()
