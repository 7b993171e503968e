"""Refine: train the scales and codes of a quantized model within what its format stores."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import torch

from engine import devices
from engine.architecture.anatomy import Anatomy, Linear
from engine.base.errors import BadInput
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.tensor_sources import DTYPES
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs import rates
from engine.methods.costs.bytes import artifact_bytes
from engine.methods.costs.primitives import ADAMW, DIVERGENCE, FLOAT, GPTQ, TRAIN_PASSES, Train, Walk
from engine.methods.costs.rates import products_dtype
from engine.methods.quantization.common import asymmetric, self_distillation
from engine.methods.quantization.refine.forms import QuantizedModule
from engine.methods.quantization.refine.layer import RefinedEmbedding, RefinedLinear, RefinedWeight, refined_layers
from engine.methods.quantization.refine.norm import refined_norms, replace_norms
from engine.methods.quantization.refine.objective import RefineObjective, held_out_divergence
from engine.methods.quantization.refine.packed_layers import quantized_layer
from engine.methods.quantization.refine.settings import RefineSettings
from engine.methods.quantization.refine.solving import solved_layers
from engine.methods.shared.layers import chosen, embedding_of, head_of, layers_only, matches
from engine.models import ranks
from engine.models.layer import LinearLayer, Report, compared, replace, weight_of
from engine.models.model import Model, Part
from engine.models.source import NoTokenizer, load_tokenizer, open_model
from engine.models.stage import Stage
from engine.modules.ggml import GgmlWeight
from engine.modules.quantized import QuantizedWeight
from engine.modules.rotated import RotatedLinear
from engine.modules.tied import TiedLinear
from engine.numerics.quantization.refining import PIECE
from engine.numerics.statistics import relative_error
from engine.training.batches import TokenBatches, text_batches
from engine.training.checkpoint import load_parameters, save_parameters
from engine.training.loop import train
from engine.training.model import close_after_training, open_for_training

WEIGHT_PASSES, LOGIT_PASSES = 6, 20
"""Operations on every weight that is made of its numbers, and on every logit of both models with their gradient."""
SOLVE_PASSES = 2
"""Passes over a sample that codes are solved on: with the weights that came, and with those that were solved."""
COMPARABLE = 0.9
"""Relative error from which on a weight is not that of the original: it was rotated or scaled."""
SCALES_PER_WEIGHT = 1 / 16
"""Stored numbers of a weight, at most: those of K-quants with 2 and 3 bits."""
PLANNED_SHARE = 0.9
"""Share of the time limit that the planned steps may take."""


class Refine:
    """The algorithm.

    In memory, for each weight of a layer, embedding or head that learns: 1 byte of levels and what it is packed in, 16
    bytes for each stored number that learns (float32, gradient, two moments), and 4 where codes learn. Embeddings and
    heads that are dense: 4. Those that learn are dense in pieces: a weight, its gradient, and a product of these.
    The original: 2 where the device has units for bfloat16, else 4.
    """

    def check(self, anatomy: Anatomy, settings: RefineSettings) -> list[Problem]:
        """A model that predicts no tokens, patterns that mean no layer."""
        problems = self_distillation.problems(anatomy, settings.ignore, _tables(anatomy))
        if not settings.eval_samples:
            message = "Without held-out samples nothing says whether the model got better"
            problems.append(Problem("error", message, advice="Hold out some samples"))
        return problems

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: RefineSettings, device: torch.device
    ) -> Estimate:
        """Bytes as they are; memory of levels, of what is trained, of the original and of one pass; seconds from the
        measured rate of matrix products, no more than the time limit."""
        settings = _with_precision(settings, device)
        linears = _linears(anatomy, settings.ignore)
        dense = {
            tensor.name for tensor in header.tensors if tensor.dtype in DTYPES and tensor.name not in header.packed
        }
        tables = [table for table in _tables(anatomy) if table.name in linears and f"{table.name}.weight" not in dense]
        layers = sum(x.in_features * x.out_features for x in chosen(anatomy, settings.ignore).values())
        vocabulary = anatomy.vocabulary * anatomy.hidden_size
        weights = layers + vocabulary * len(tables)
        beside = FLOAT * vocabulary * (len(_tables(anatomy)) - len(tables))
        beside += 3 * FLOAT * min(vocabulary, devices.at_once(device, PIECE)) if tables else 0
        bytes_each = 1 + (SCALES_PER_WEIGHT * ADAMW if settings.trains != "codes" else 0)
        bytes_each += 2 * _position_dtype(settings, device).itemsize if settings.trains != "scales" else 0
        train_cost = Train(settings, DIVERGENCE, logits=3)
        original = products_dtype(settings, device).itemsize * (layers + vocabulary * len(_tables(anatomy)))
        memory = int(bytes_each * weights) + beside + original + train_cost.pass_memory(anatomy, device)
        seconds = _seconds(anatomy, settings, layers, vocabulary * len(tables), device)
        if settings.solve_codes:
            solving = Walk(settings.solve_samples * settings.sequence_length, solve=GPTQ)
            alone = Estimate(
                0, solving.memory(header, anatomy, device), solving.seconds(layers_only(anatomy).linears, device)
            )
            alone = asymmetric.with_originals(alone, solving, layers_only(anatomy), settings.gptaq_alpha, device)
            memory = max(memory, 2 * weights + beside + alone.memory_bytes)
            seconds += alone.seconds or 0.0
        if settings.max_minutes:
            seconds = min(seconds, 60 * settings.max_minutes)
        return Estimate(
            header.file_bytes if header.format == "artifact" else artifact_bytes(header, anatomy, {}),
            memory,
            seconds,
        )

    def apply(self, model: Model, settings: RefineSettings, stage: Stage) -> Model:
        """Refine. Raises `BadInput` where nothing is quantized, or where the original is not the model's."""
        settings = _with_precision(settings, stage.device)
        original = _original_of(model, settings, stage)
        batches = text_batches(model, settings, stage, original, tokenizer_of=_with_tokenizer(model, original))
        batches = batches.limited(settings.num_samples) if settings.num_samples else batches
        run = RefineRun(model, original, settings, stage)
        run.replace_layers()
        solved = run.solve_codes(batches)
        run.train(batches, solved)
        original.free()
        close_after_training(model)
        result = self_distillation.store(model, original, stage, run.linears.values(), run.report)
        run.report_worst()
        return result


def _tables(anatomy: Anatomy) -> list[Linear]:
    """The embedding, and the head that has weights of its own."""
    tables = (embedding_of(anatomy), None if anatomy.tied else head_of(anatomy))
    return [table for table in tables if table is not None]


def _linears(anatomy: Anatomy, ignore: Sequence[str]) -> dict[str, Linear]:
    """The layers and tables that are refined where they are quantized, by name."""
    tables = (table for table in _tables(anatomy) if not any(matches(table, pattern) for pattern in ignore))
    return {**chosen(anatomy, ignore), **{table.name: table for table in tables}}


def _seconds(anatomy: Anatomy, settings: RefineSettings, layers: int, tables: int, device: torch.device) -> float:
    """Seconds of the steps and the evaluations: products, what goes over activations and logits, and the weights that
    are rebuilt from their numbers in every pass. ``layers``, ``tables``: weights that learn."""
    value, head = rates.seconds_per_value(str(device)), anatomy.vocabulary * anatomy.hidden_size
    looks = 1 + settings.solve_codes + (max(1, settings.steps // settings.eval_steps) if settings.eval_steps else 1)
    evaluated = looks * settings.eval_samples
    trained = settings.steps * settings.batch_size
    passes = TRAIN_PASSES + 1 + settings.gradient_checkpointing  # with that of the original
    tokens = settings.sequence_length * (passes * trained + 2 * evaluated)
    values = sum(x.in_features + x.out_features for layer in anatomy.layers for x in layer.linears)
    rebuilds = (passes - 1) * trained / settings.micro_batch_size + evaluated
    logits = settings.sequence_length * (trained + evaluated / 2) * anatomy.vocabulary
    return (
        2.0 * (layers + head) * tokens / rates.of_training(settings, device)
        + value * rates.VALUE_PASSES * values * tokens
        + 2.0 * tables * settings.sequence_length * trained / rates.of_training(settings, device)
        + value * (WEIGHT_PASSES * (layers + tables) * rebuilds + LOGIT_PASSES * logits)
    )


def _with_precision(settings: RefineSettings, device: torch.device) -> RefineSettings:
    """The settings with bfloat16 for "auto" on every device that has units for it, a CPU too: the quantized weights are
    far coarser."""
    if settings.mixed_precision != "auto" or not devices.has_bfloat16(device):
        return settings
    return settings.replace(mixed_precision="bfloat16")


def _position_dtype(settings: RefineSettings, device: torch.device) -> torch.dtype:
    """float16 for the positions of codes; float32 where weights are split over processes, whose parameters have one
    dtype, and where losses are scaled, which gradients in float16 can't be."""
    is_plain = ranks.count() == 1 and products_dtype(settings, device) != torch.float16
    return torch.float16 if is_plain else torch.float32


def _original_of(model: Model, settings: RefineSettings, stage: Stage) -> Model:
    """The original; raises `BadInput` if its network is not that of the model."""
    original = open_model(settings.original) if settings.original else self_distillation.teacher_of(model, stage)
    ours, theirs = model.anatomy, original.anatomy
    for what, mine, its in (
        ("layers", len(ours.layers), len(theirs.layers)),
        ("hidden values", ours.hidden_size, theirs.hidden_size),
        ("tokens in its vocabulary", ours.vocabulary, theirs.vocabulary),
    ):
        if mine != its:
            raise BadInput(
                "The original is another model",
                where=str(original.path),
                why=f"it has {its} {what}, the quantized model {mine}",
                advice="name the model that was quantized, or distill with Logit distillation",
            )
    return original


def _with_tokenizer(model: Model, original: Model) -> Model:
    """The model, or the original where only that has a tokenizer, as of a GGUF file whose own can't be converted."""
    try:
        load_tokenizer(model)
    except NoTokenizer:
        return original
    return model


@dataclass(frozen=True)
class Start:
    """Divergences on the held-out samples before the training, in nats a token.

    before: of what came. solved: with the codes that GPTQ chose; the same if none were solved. seconds: that measuring
    it once took. solving_seconds: that GPTQ took.
    """

    before: float
    solved: float
    seconds: float
    solving_seconds: float

    @property
    def is_solved(self) -> bool:
        """True if the training goes on with the codes that GPTQ chose."""
        return self.solved < self.before

    @property
    def divergence(self) -> float:
        """Of the codes that the training goes on with."""
        return min(self.before, self.solved)


@dataclass
class RefineRun:
    """One run over one model and its original."""

    model: Model
    original: Model
    settings: RefineSettings
    stage: Stage
    linears: dict[str, Linear] = field(default_factory=dict)
    """The linears, embeddings and heads that are refined, by name."""
    errors: dict[str, float] = field(default_factory=dict)
    """Relative error of each weight as it came; of those that are comparable with the original."""
    moved: dict[str, float] = field(default_factory=dict)
    solving_seconds: float = 0.0
    solving_share: float = 0.0
    """Share of the progress that solving the codes took."""

    # -- layers ------------------------------------------------------------------------------------------------------
    def replace_layers(self) -> None:
        """Put a layer in training in the place of every quantized one, part by part."""
        linears = _linears(self.model.anatomy, self.settings.ignore)
        quantized_count = 0
        sources = {source.name: source for source in self.original.parts}
        for part in self.model.parts:
            mine = [linear for linear in linears.values() if part.owns(linear.name)]
            source = sources.get(part.name)
            if not mine or source is None:
                continue
            self.stage.checkpoint()
            self.stage.progress(0.0, f"Taking apart {part.name}")
            self.model.load(part, device=self.stage.device)
            self.original.load(source, dtype=torch.float32, device=self.stage.device)
            for linear in mine:
                quantized_count += self._replace(part, linear)
            self.original.free(source)
        if not self.linears:
            raise BadInput(
                "There is nothing to refine",
                where=str(self.model.path),
                why="none of its layers is quantized"
                if not quantized_count
                else "none of its formats stores scales that learn",
                advice="put Refine behind a block that quantizes, or open a quantized file"
                if not quantized_count
                else "train the codes",
            )
        if not self._differs():
            raise BadInput(
                "The original is the quantized model itself",
                where=str(self.original.path),
                why="both have the same weights: there is nothing to learn from it",
                advice="name the model that was quantized as 'original', or link it to the teacher input",
            )
        open_for_training(self.model, self.stage)
        if self.settings.train_norms:
            replace_norms(self.model, self.linears)

    def _differs(self) -> bool:
        """True if any weight is another than that of the original."""
        return len(self.errors) < len(self.linears) or any(error > 0 for error in self.errors.values())

    def _replace(self, part: Part, linear: Linear) -> bool:
        """Put a layer in training in place if it is quantized; True if it is quantized."""
        found_layer = quantized_layer(self.model, part, linear)
        if found_layer is None:
            return False
        name, layer = found_layer
        weight = self._original_weight(linear)
        error = float("inf") if weight is None else relative_error(weight, layer.matrix())
        comparable = error < COMPARABLE
        is_embedding = linear.name in self.model.anatomy.embeddings
        refined = (RefinedEmbedding if is_embedding else RefinedLinear)(
            layer,
            learns_scales=self.settings.trains != "codes",
            learns_codes=self.settings.trains != "scales",
            original=weight if comparable else None,
            position_dtype=_position_dtype(self.settings, self.stage.device),
        )
        if not refined.learns:
            return True
        self.model.replace(name, refined)
        anatomy = self.model.anatomy
        if is_embedding and anatomy.tied and anatomy.head is not None:
            replace(self.model, anatomy.head, TiedLinear(linear.name))
        self.linears[linear.name] = linear
        if comparable:
            self.errors[linear.name] = error
        return True

    def _original_weight(self, linear: Linear) -> torch.Tensor | None:
        """The weight (out, in) of the same layer of the original; None if there is none of this shape."""
        try:
            weight = weight_of(self.original.get(linear.name), linear)
        except AttributeError:
            return None
        return weight if weight.shape == (linear.out_features, linear.in_features) else None

    # -- training ----------------------------------------------------------------------------------------------------
    def solve_codes(self, batches: TokenBatches) -> dict[str, QuantizedModule]:
        """Layers with codes that GPTQ chose anew on some of the samples, by name; none if that is not wanted or if no
        codes are the nearest ones."""
        tables = {table.name for table in _tables(self.model.anatomy)}
        layers = {name: layer for name, layer in self._layers().items() if name not in tables}
        if not self.settings.solve_codes or not any(layer.is_nearest for layer in layers.values()):
            return {}
        tokens = batches.tokens(self.settings.solve_samples)
        walked = SOLVE_PASSES * len(tokens)
        trained = (TRAIN_PASSES + 1) * self.settings.steps * self.settings.batch_size
        self.solving_share = walked / (walked + trained)
        started = time.monotonic()
        solved = solved_layers(
            open_model(self.original.path), layers, tokens, self.stage, self.settings.gptaq_alpha, self.solving_share
        )
        self.solving_seconds = time.monotonic() - started
        return solved

    def train(self, batches: TokenBatches, solved: Mapping[str, QuantizedModule]) -> None:
        """Train, and keep the result only if the held-out divergence fell. ``solved``: layers whose codes take the
        place of those that came, if it falls by that."""
        settings, stage = self.settings, self.stage
        dtype = products_dtype(settings, stage.device)
        self.original.ready(dtype, stage.device)
        network = self.model.module
        objective = RefineObjective(network, self.original.module, settings, self._stop)
        start = self._start(solved, lambda: held_out_divergence(objective, batches, stage.device, dtype))
        objective.seconds = start.solving_seconds
        stopped = stage.folder / "stopped.safetensors"
        if stopped.exists():  # the clock had ended it before the run was killed
            self._stop()
            held_out = load_parameters(stopped, objective)
        else:
            planned = settings.replace(steps=self._steps(start))
            trained = train(objective, batches, planned, stage, span=(self.solving_share, 1.0))
            held_out = dict(trained.held_out)
            if planned.steps < settings.steps or ranks.on_main(lambda: objective.is_late):
                self._stop()
                save_parameters(stopped, objective, held_out, write=ranks.is_main())
        self._judge(start, held_out.get("loss", float("nan")))

    def _start(self, solved: Mapping[str, QuantizedModule], divergence: Callable[[], float]) -> Start:
        """Take the codes of the solved layers if the held-out ``divergence`` falls by them. Gives what was measured,
        the same after a kill."""
        layers, file = self._layers(), self.stage.folder / "start.json"
        values = ranks.on_main(lambda: checksum.load_values(file, self.stage.log))
        is_new = values is None
        if is_new:
            started = time.monotonic()
            before = divergence()
            values = {"before": before, "seconds": time.monotonic() - started, "solving_seconds": self.solving_seconds}
        for name, module in solved.items():
            layers[name].take_codes(module)
        if is_new:
            values["solved"] = divergence() if solved else values["before"]
            values = ranks.on_main(lambda: values)
            if ranks.is_main():
                checksum.save_values(file, values)
        start = Start(**values)
        if solved:
            self._choose_codes(solved, start)
        return start

    def _choose_codes(self, solved: Mapping[str, QuantizedModule], start: Start) -> None:
        """Go on with the codes of the solved layers, which they have, or with those that came."""
        layers, change = self._layers(), f"{start.before:.4f} to {start.solved:.4f} nats a token"
        if start.is_solved:
            share = self._mean({name: layers[name].moved_codes() for name in solved})
            self.stage.log(
                f"GPTQ chose {share:.1%} of the codes anew: the divergence on the held-out samples fell from {change}"
            )
        else:
            self.stage.log(f"Codes solved by GPTQ are no better on the held-out samples, {change}: they stay")
        for name in solved:
            if start.is_solved:
                layers[name].center()
            else:
                layers[name].take_codes(layers[name].layer)

    def _judge(self, start: Start, after: float) -> None:
        """Keep what was learned, or go back to where the training started, which is what came or what was solved.
        ``after``: the held-out divergence now."""
        layers, before = self._layers(), start.before
        learned = after < start.divergence
        if not learned:
            for layer in layers.values():
                if start.is_solved:
                    layer.forget()
                else:
                    layer.give_back()
            for norm in refined_norms(self.model.module).values():
                norm.forget()
            self.stage.log(
                "The divergence on the held-out samples did not fall "
                f"({start.divergence:.4f} before, {after:.4f} after): the "
                + ("scales stay as they came" if start.is_solved else "model is given back as it came, bit for bit"),
                "warning",
            )
        after = after if learned else start.divergence
        if after < before:
            self.stage.log(f"The divergence on the held-out samples fell from {before:.4f} to {after:.4f} nats a token")
        self.moved = {name: layer.moved_codes() for name, layer in layers.items()}
        self.stage.detail("held_out_divergence", {"before": before, "after": after})
        if self.settings.trains != "scales" or self.settings.solve_codes:
            self.stage.detail("codes_changed", self._mean(self.moved))

    def _layers(self) -> dict[str, RefinedWeight]:
        """The layers in training by the names of their linears."""
        return {name.removesuffix(".inner"): layer for name, layer in refined_layers(self.model.module).items()}

    def _mean(self, values: Mapping[str, float]) -> float:
        """The mean of a value of layers over their weights."""
        sizes = {name: self.linears[name].in_features * self.linears[name].out_features for name in values}
        return sum(value * sizes[name] for name, value in values.items()) / sum(sizes.values())

    def _steps(self, start: Start) -> int:
        """Steps that the time limit allows."""
        settings = self.settings
        if not settings.max_minutes:
            return settings.steps
        # a step has a forward and a backward pass and one of the original, an evaluation the two forward ones
        step = start.seconds / max(1, settings.eval_samples) * settings.batch_size * (TRAIN_PASSES + 1) / 2
        looks = 1 + (start.seconds / step / settings.eval_steps if settings.eval_steps else 0)
        available = 60 * settings.max_minutes * PLANNED_SHARE - start.solving_seconds
        planned = int(available / max(step * looks, 1e-9))
        steps = max(1, min(settings.steps, planned))
        if steps < settings.steps:
            self.stage.log(f"{settings.max_minutes:g} minutes are enough for about {steps} of {settings.steps} steps")
        return steps

    def _stop(self) -> None:
        """The clock ends the training: the result is this run's alone, as after a wish to stop early."""
        self.stage.stop()
        assert self.stage.stopping

    # -- telling -----------------------------------------------------------------------------------------------------
    def report(self, name: str, weight: torch.Tensor) -> Report:
        """For the window: against the original, where that can be compared."""
        layer = LinearLayer(self.model, self.linears[name])
        module = layer.module
        packed = cast("QuantizedWeight | GgmlWeight", module.inner if isinstance(module, RotatedLinear) else module)
        if name not in self.errors:
            return compared(packed.matrix(), packed)
        metrics, before, after = compared(weight, packed if packed is module else layer.weight)
        self.errors[name] = metrics.get("error", 0.0)
        return {**metrics, "changed": self.moved.get(name, 0.0)}, before, after

    def report_worst(self) -> None:
        """Name the layer with the largest error."""
        if not self.errors:
            return
        worst = max(self.errors, key=lambda name: self.errors[name])
        self.stage.detail("worst_layer", {"name": worst, "error": self.errors[worst]})
        self.stage.log(f"The largest error is that of {worst}: {self.errors[worst]:.3f} of the norm of its weight")
