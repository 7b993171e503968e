"""Iterative magnitude pruning with rewinding, and the controls without which a ticket says nothing.

The dense network is trained; the smallest weights go; the others are rewound and trained again, round after round. A
training that is done leaves a small file, so that a killed search goes on with the training that it was in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import pydantic
import torch

from engine import devices
from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.base.files import read_object
from engine.base.intervals import mean_interval
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.bytes import sparse_layers
from engine.methods.costs.training import decoder_problems, parameters_of, training_estimate
from engine.methods.pruning.lottery_ticket.network import Masks, Network, Weights, kept_share, prunable
from engine.methods.pruning.lottery_ticket.settings import LotteryTicketSettings
from engine.methods.shared.layers import pattern_problems
from engine.methods.shared.rewind import CURVE, kept_files
from engine.models.model import Model
from engine.models.stage import Stage
from engine.numerics.quantization.packing import pack, unpack
from engine.training.batches import TokenBatches, text_batches
from engine.training.language_model import LanguageModeling, held_out_loss, residual_dropout
from engine.training.loop import train
from engine.training.model import close_after_training

COPIES = 4
"""Of all weights on the host."""
RECIPE = (
    "text",
    "sequence_length",
    "steps",
    "batch_size",
    "learning_rate",
    "lr_scheduler_type",
    "optimizer",
    "weight_decay",
    "dropout",
)
"""Settings in which a dense training and a ticket's have to agree for their curves to be compared."""


class _Recipe(pydantic.BaseModel):
    """The fields of a training from scratch's record that are read here."""

    settings: dict[str, Any]
    curve: list[tuple[float, float]]


class LotteryTicket:
    """The algorithm.

    In memory, for each weight: 16 bytes (float32, gradient, two moments), and on the host 4 of the weights that it is
    rewound to and 1 of the mask.
    """

    def check(self, anatomy: Anatomy, settings: LotteryTicketSettings) -> list[Problem]:
        """Only what predicts the next token; something has to be left to prune."""
        problems = [*decoder_problems(anatomy), *pattern_problems(anatomy, settings.ignore)]
        if not problems and not prunable(anatomy, settings):
            problems.append(Problem("error", "No layer is left that could be pruned", advice="Ignore fewer layers"))
        return problems

    def targets(self, anatomy: Anatomy, settings: LotteryTicketSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return prunable(anatomy, settings)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: LotteryTicketSettings, device: torch.device
    ) -> Estimate:
        """A bit for each weight and the weights that stay; the time of all trainings. On the host: the weights that
        came, those that are rewound to, those of the last training and new ones for a control."""
        layers = prunable(anatomy, settings)
        weights_left = {
            name: round(kept_share(name, anatomy, settings) * linear.in_features * linear.out_features)
            for name, linear in layers.items()
        }
        replaced = sparse_layers(header, layers, weights_left)
        count = settings.trainings()
        one = training_estimate(header, anatomy, settings, device, replaced=replaced, trainings=count)
        masks = sum(linear.in_features * linear.out_features for linear in layers.values())
        copies = 0 if devices.is_accelerator(device) else COPIES * 4 * parameters_of(header, anatomy)
        return Estimate(one.disk_bytes, one.memory_bytes + masks + copies, one.seconds)

    def apply(self, model: Model, settings: LotteryTicketSettings, stage: Stage) -> Model:
        """The trained ticket: its pruned layers are sparse ones. What a training from scratch left beside the model
        stays, so that another block can go on from this one's ticket."""
        batches = text_batches(model, settings, stage)
        network = Network(model, settings, stage)
        _Searches(network, settings, stage, batches).run()
        model.companions = (*model.companions, *kept_files(model.path))
        return close_after_training(model)


@dataclass
class Outcome:
    """Of one training: held-out loss by step, the lowest and its step. ``search``: in which one it was, from 1."""

    remaining: float
    curve: list[tuple[int, float]] = field(default_factory=list)
    best: float = 0.0
    best_step: int = 0
    last: float = 0.0
    search: int = 1

    @classmethod
    def of(cls, curve: list[tuple[int, float]], remaining: float, search: int) -> Outcome:
        """Of a curve with at least one point."""
        step, best = min(curve, key=lambda point: point[1])
        return cls(remaining, [(s, v) for s, v in curve], best, step, curve[-1][1], search)


class _Searches:
    """Searches with other random numbers, one after the other, and what all of them found."""

    def __init__(self, network: Network, settings: LotteryTicketSettings, stage: Stage, batches: TokenBatches) -> None:
        self.network, self.settings, self.stage, self.batches = network, settings, stage, batches
        self.incoming = network.weights()
        self.outcomes: dict[str, list[Outcome]] = {}
        self.done = 0
        """Trainings that are behind, of those that `LotteryTicketSettings.trainings` counts."""

    def run(self) -> None:
        """Leave the network with the ticket of the first search."""
        trained, masks = _Search(self, 1).run()
        for number in range(2, self.settings.repeats + 1):
            if self.stage.stopping:
                self.stage.log(f"Stopped before search {number}", "warning")
                break
            _Search(self, number).run()
        self.network.set_weights(trained, masks)
        pruned, whole = self.network.remaining(masks), self.network.remaining_of_all(masks)
        self.stage.detail("remaining", pruned)
        self.stage.detail("remaining of all weights", whole)
        if whole - pruned > 1:
            self.stage.log(
                f"{pruned:.3g} % of the weights of the pruned layers remain, which is {whole:.3g} % of all weights: "
                "embeddings and what else is not pruned stay whole"
            )


class _Search:
    """One whole search. The first is as if there were no others."""

    def __init__(self, searches: _Searches, number: int) -> None:
        self.searches, self.number = searches, number
        self.network, self.settings, self.stage = searches.network, searches.settings, searches.stage
        self.first = self.settings.rewind_step if self.settings.rewind == "step" else 0
        self.prefix = "" if number == 1 else f"search {number}, "
        seed = self.stage.generator(f"{self.prefix}order").initial_seed()
        self.batches = searches.batches if number == 1 else searches.batches.reordered(seed)

    def run(self) -> tuple[Weights, Masks]:
        """Weights and masks of the last round."""
        masks = self.network.alive
        start, trained = self._dense()
        self._layers(masks)
        for round_ in range(1, self.settings.rounds + 1):
            if trained and self.stage.stopping:  # weights of rounds before the newest are not on disk any more
                self.stage.log(f"Stopped before round {round_}: the ticket of the round before is kept", "warning")
                break
            before, masks = masks, self._masks(trained, masks, round_)
            weights = trained if self.settings.rewind == "learning_rate" else start
            trained = self._train("ticket", f"round {round_}", weights, masks, keep=True)
            self._forget(round_ - 1)
            self._layers(masks, before)
            last = round_ == self.settings.rounds
            rounds = self.settings.controls == "every" or (last and self.settings.controls == "last")
            if rounds and not self.stage.stopping:
                self._controls(round_, masks, start if start else weights)
        return trained, masks

    # -- the dense network -------------------------------------------------------------------------------------------
    def _dense(self) -> tuple[Weights, Weights]:
        """The weights that are rewound to, and those of the trained dense network."""
        rewind, whole = self.settings.rewind, self.network.alive
        incoming, stored = self.searches.incoming, self.network.stored_weights(self.first)
        if rewind == "learning_rate":
            self.network.set_weights(incoming, whole)
            curve = [(0, self._held_out())]
            self._note("dense", Outcome.of(curve, self.network.remaining(whole), self.number))
            self.searches.done += 1
            return {}, incoming
        if rewind in ("initialization", "step") and self._recipe() is not None and self.number == 1:
            if stored is None:
                raise BadInput(
                    f"The weights of step {self.first} were not kept",
                    where=str(self.network.model.path),
                    advice=f"set 'Checkpoint at step' of Training from scratch to {self.first}, "
                    "or rewind to the initialization",
                )
            self._note("dense", self._trained_before())
            self.searches.done += 1
            return stored, incoming
        start = incoming if rewind == "pretrained" else self.network.initial(f"{self.prefix}0")
        if rewind in ("initialization", "step") and self.number == 1:
            self.stage.log("The incoming weights are not used: new random ones are trained first")
        trained = self._train("dense", "dense", start, whole, keep=True, first=0)
        if rewind == "step":
            start = checksum.load(self._rewound)
        return start, trained

    def _recipe(self) -> dict[str, Any] | None:
        """The record of a training from scratch right before this block."""
        file = self.network.model.path / CURVE
        if not file.is_file():
            return None
        recipe = read_object(file)
        try:
            _Recipe.model_validate(recipe)
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            raise BadInput(
                "The record of the training before is damaged",
                where=str(file),
                why=f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
                advice="run the pipeline again from the training on",
            ) from None
        return recipe

    def _trained_before(self) -> Outcome:
        recipe = self._recipe()
        assert recipe is not None
        mine = self.settings.model_dump(mode="json")
        theirs = self.settings.renamed(recipe["settings"])
        other = [name for name in RECIPE if theirs.get(name) != mine[name]]
        if other:
            self.stage.log(
                "Training from scratch had other settings, so that the dense curve can't be compared: "
                + ", ".join(other),
                "warning",
            )
        curve = [(int(step), float(loss)) for step, loss in recipe["curve"]] or [(0, self._held_out())]
        return Outcome.of(curve, 100.0, self.number)

    @property
    def _rewound(self) -> Path:
        return self.stage.folder / f"{self.prefix}rewound.weights"

    def _held_out(self) -> float:
        """The loss of the network as it is."""
        return held_out_loss(self.network.model.module, self.batches, self.stage)

    # -- rounds and controls -----------------------------------------------------------------------------------------
    def _masks(self, trained: Weights, masks: Masks, round_: int) -> Masks:
        """Written down, since the weights that they come from are not kept when the round is done."""
        file = self.stage.folder / f"{self.prefix}round {round_}.masks"
        if not checksum.is_sound(file, self.stage.log):
            if not trained:
                raise checksum.DamagedWork("The masks of a round are lost", where=str(file))
            next_masks = self.network.next_masks(trained, masks, round_)
            checksum.save({name: pack(mask.to(torch.uint8), 1) for name, mask in next_masks.items()}, file)
        packed = checksum.load(file)
        return {name: unpack(packed[name], 1, mask.shape[1]).bool() for name, mask in masks.items()}

    def _controls(self, round_: int, masks: Masks, start: Weights) -> None:
        for trial in range(1, self.settings.trials + 1):
            name = f"round {round_} trial {trial}"
            self._train(
                "new weights", f"{name}, new weights", self.network.initial(f"{self.prefix}{trial}"), masks, first=0
            )
            random = self.network.random_masks(masks, f"{self.prefix}{trial}")
            self._train("random mask", f"{name}, random mask", start, random)

    def _train(
        self, kind: str, name: str, weights: Weights, masks: Masks, *, keep: bool = False, first: int | None = None
    ) -> Weights:
        """Train from these weights under these masks, unless that was done before. With ``keep`` the trained weights
        are given back."""
        share, count, done = self.network.remaining(masks), self.settings.trainings(), self.searches.done
        is_dense, name = name == "dense", f"{self.prefix}{name}"
        result, file = self.stage.folder / f"{name}.json", self._weights_file(name)
        stored = checksum.load_values(result, self.stage.log)
        if keep and file.is_file() and not checksum.is_sound(file, self.stage.log):
            stored = None
        if stored is None:
            self.network.set_weights(weights, masks)
            keep_at = self.settings.rewind_step if is_dense and self.settings.rewind == "step" else 0
            title = self.prefix + _series(kind, share)
            objective = _Ticket(self.network, self.batches, self.stage, title, keep_at, self._rewound)
            span = (done / count, (done + 1) / count)
            start = self.first if first is None else first
            with residual_dropout(objective, self.network.model.anatomy, self.settings.dropout):
                train(objective, self.batches, self.settings, self.stage, name=name, span=span, first=start)
            if keep:
                checksum.save(self.network.weights(), file)
            stored = asdict(Outcome.of(objective.curve, share, self.number))
            checksum.save_values(result, stored)
            for checkpoint in self.stage.folder.glob(f"{name}*.safetensors"):
                checkpoint.unlink()
        self.searches.done += 1
        self._note(kind, Outcome(**stored))
        return checksum.load(file) if keep and file.is_file() else {}

    def _weights_file(self, name: str) -> Path:
        return self.stage.folder / f"{name}.weights"

    def _forget(self, round_: int) -> None:
        """The weights of a round that the next has done with."""
        self._weights_file(self.prefix + (f"round {round_}" if round_ else "dense")).unlink(missing_ok=True)

    # -- telling -----------------------------------------------------------------------------------------------------
    def _note(self, kind: str, outcome: Outcome) -> None:
        """Draw what is known by now: lowest loss and its step against the share that remains."""
        outcomes = self.searches.outcomes
        outcomes.setdefault(kind, []).append(outcome)
        title = self.prefix + _series(kind, outcome.remaining)
        steps, losses = zip(*outcome.curve, strict=True)
        self.stage.curve("Held-out loss", title, steps, losses, x_title="step", y_title="nats")
        for series, group in outcomes.items():
            groups: dict[float, list[Outcome]] = {}
            for one in group:
                groups.setdefault(round(one.remaining, 3), []).append(one)
            shares = sorted(groups)
            best = [_mean(groups[share], "best") for share in shares]
            fastest = [_mean(groups[share], "best_step") for share in shares]
            x_title = "weights of the pruned layers that remain (%)"
            draw = partial(self.stage.curve, series=series, x=shares, x_title=x_title, log_x=True)
            draw("Loss against sparsity", y=[loss for loss, _ in best], y_title="lowest loss (nats)")
            draw("Early stop against sparsity", y=[step for step, _ in fastest], y_title="step")
            rows = {
                f"{share:g} %": {"loss": loss[0], "step": step[0]}
                | {f"{name} ±": width for name, (_, width) in (("loss", loss), ("step", step)) if width == width}
                for share, loss, step in zip(shares, best, fastest, strict=True)
            }
            self.stage.detail(series, rows)

    def _layers(self, masks: Masks, before: Masks | None = None) -> None:
        if self.number > 1:
            return
        for name, mask in masks.items():
            remaining = int(mask.sum())
            metrics = {"parameters": float(mask.numel()), "sparsity": 1 - remaining / mask.numel()}
            if before is not None:
                metrics["pruned in this round"] = float(int(before[name].sum()) - remaining)
            self.stage.layer(name, metrics)


class _Ticket(LanguageModeling):
    """Next-token prediction under masks, with its curve drawn among those of the others; the weights of step
    ``keep_at`` are written to ``file``."""

    def __init__(
        self,
        network: Network,
        batches: TokenBatches,
        stage: Stage,
        title: str,
        keep_at: int,
        file: Path,
    ) -> None:
        super().__init__(network.model.module, batches, stage)
        self._network = (network,)
        self._title = title
        self._keep_at, self._file = keep_at, file

    def evaluated(self, step: int, terms: Mapping[str, float]) -> None:
        """Draw the curve so far."""
        super().evaluated(step, terms)
        steps, losses = zip(*self.curve, strict=True)
        self._stage.curve("Held-out loss", self._title, steps, losses, x_title="step", y_title="nats")

    def after_step(self, step: int) -> None:
        """Masked weights stay exactly zero: neither momentum nor decay can move them, since their gradient is zero."""
        if self._keep_at and step + 1 == self._keep_at and not self._file.is_file():
            checksum.save(self._network[0].weights(), self._file)


def _series(kind: str, remaining: float) -> str:
    return kind if remaining > 99.99 else f"{kind} {remaining:.3g} %"


def _mean(outcomes: Sequence[Outcome], name: str) -> tuple[float, float]:
    """Mean and half width of its 95 % confidence interval: over the searches, each with the mean of its trials, or over
    the trials of a single one."""
    searches: dict[int, list[float]] = {}
    for outcome in outcomes:
        searches.setdefault(outcome.search, []).append(float(getattr(outcome, name)))
    (first, *others) = searches.values()
    return mean_interval([fmean(values) for values in searches.values()] if others else first)
