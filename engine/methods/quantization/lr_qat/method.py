"""LR-QAT: learn scales and a low-rank term inside the rounding, then merge them into plain integers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs import rates
from engine.methods.costs.primitives import ADAMW, DIVERGENCE, FLOAT, Train, teacher_bytes
from engine.methods.quantization.common import rounding, self_distillation
from engine.methods.quantization.lr_qat.layer import Form, FullQatLinear, LearnedLinear, LrQatLinear
from engine.methods.quantization.lr_qat.settings import LrQatSettings
from engine.models.layer import Report, compared
from engine.models.model import Model
from engine.models.source import open_model
from engine.models.stage import Stage
from engine.modules.attention import NAME, OnlineAttention, can_route, route
from engine.modules.quantized import Activations, QuantizedLinear
from engine.numerics.losses import next_token_losses
from engine.numerics.quantization import lr_qat
from engine.numerics.quantization.quantize import quantize
from engine.training.batches import text_batches
from engine.training.loop import train
from engine.training.model import close_after_training
from engine.training.objective import Batch, Group, Objective

ROUNDING_PASSES = 20
"""Operations on every weight for each pass, which rounds it anew, and for the gradient, measured."""


class LrQat:
    """The algorithm.

    In memory, for each weight of a layer that learns: 1 byte with the default fixed point (2 or 4 as floats, bits / 8
    as integers), and 16 for each value of the low-rank terms (float32, gradient, two moments); 20 where the weights
    themselves learn. The student is loaded part by part and is never whole in float32. Embeddings and head: 4. A
    teacher: 2 on an accelerator with bfloat16, 4 on the CPU; the loss of labels needs none.
    """

    def check(self, anatomy: Anatomy, settings: LrQatSettings) -> list[Problem]:
        """Groups that do not fit, a fixed point without a place, a model that predicts no tokens."""
        problems = rounding.problems(anatomy, settings.nearest())
        messages = {problem.message for problem in problems}
        problems += [p for p in self_distillation.problems(anatomy, settings.ignore) if p.message not in messages]
        if settings.kv_bits < 16 and anatomy.not_alike:
            problems.append(Problem("error", anatomy.not_alike, advice="Leave the key/value cache at 16 bits"))
        if settings.trainable != "weights" and settings.downcast == "fixed8" and settings.format == "int8":
            message = "8-bit fixed point has no bits left after the point of 8-bit integers"
            problems.append(Problem("error", message, advice="Keep the frozen weights in bfloat16 or float32"))
        linears = rounding.targets(anatomy, settings.nearest()).values() if settings.trainable == "low_rank" else ()
        narrow = min(linears, key=lambda x: min(x.in_features, x.out_features), default=None)
        if narrow is not None and min(narrow.in_features, narrow.out_features) < settings.rank:
            size = min(narrow.in_features, narrow.out_features)
            message = f"The rank is {settings.rank}, and {narrow.name} is only {size} wide: its term has full rank"
            problems.append(Problem("warning", message, where=narrow.name, advice=f"Choose a rank of {size} or less"))
        return problems

    def targets(self, anatomy: Anatomy, settings: LrQatSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return rounding.targets(anatomy, settings.nearest())

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: LrQatSettings, device: torch.device
    ) -> Estimate:
        """As rounding to nearest on disk; memory of what is trained, of the teacher and of one pass; seconds from the
        measured rate of matrix products."""
        nearest = rounding.estimate(header, anatomy, settings.nearest(), device)
        linears = rounding.targets(anatomy, settings.nearest()).values()
        weights = sum(x.in_features * x.out_features for x in linears)
        factors = sum(settings.rank * (x.in_features + x.out_features) for x in linears)
        vocabulary = anatomy.vocabulary * anatomy.hidden_size
        tables = FLOAT * vocabulary * (1 if anatomy.tied else 2)
        bytes_each = {
            "float32": 4.0,
            "bfloat16": 2.0,
            "float16": 2.0,
            "fixed8": 1.0,
            "integer": int(settings.format[3:]) / 8,
        }
        memory = {
            "low_rank": bytes_each[settings.downcast] * weights + ADAMW * factors,
            "scales": bytes_each[settings.downcast] * weights,
            "weights": float((ADAMW + FLOAT) * weights),  # and the rounded one
        }
        teaches = settings.loss == "kl"
        teacher = teacher_bytes(weights + tables // FLOAT, device) if teaches else 0
        train = Train(settings, DIVERGENCE, logits=3) if teaches else Train(settings)
        # those that products were made with, for their gradient; else each is made again
        rounded = FLOAT * weights if settings.keep_quantized_weights or settings.trainable == "weights" else 0
        dense = float(weights + vocabulary)
        moved = {"low_rank": factors, "scales": 0, "weights": weights}[settings.trainable]
        seconds = train.seconds(anatomy, dense, device, teacher=dense if teaches else 0.0, learned=moved)
        roundings = weights * (train.tokens / settings.micro_batch_size + train.evaluated) / settings.sequence_length
        seconds += ROUNDING_PASSES * roundings * rates.seconds_per_value(str(device))
        return Estimate(
            nearest.disk_bytes,
            int(memory[settings.trainable]) + tables + teacher + rounded + train.pass_memory(anatomy, device),
            (nearest.seconds or 0.0) + seconds,
        )

    def apply(self, model: Model, settings: LrQatSettings, stage: Stage) -> Model:
        """Train and merge. RunFailed names the layer with a NaN or with scales beyond their dtype."""
        batches = text_batches(model, settings, stage)
        run = LrQatRun(model, settings, stage)
        run.replace_layers()
        teacher = self_distillation.teacher_of(model, stage) if settings.loss == "kl" else None
        if teacher is not None:
            teacher.ready(teacher.reading_dtype(stage.device), stage.device)
        objective = LrQatObjective(model.module, None if teacher is None else teacher.module, settings)
        trained = train(objective, batches, settings, stage)
        if teacher is not None:
            teacher.free()
        stage.detail("training", {"steps": trained.steps, "held_out": dict(trained.held_out), **trained.terms})
        run.merge()
        return self_distillation.store(model, open_model(model.path), stage, run.linears, run.report)


class LrQatObjective(Objective):
    """Divergence from the teacher, or the next token of the text.

    teacher: gives logits for the same tokens; None for the labels' loss.
    """

    def __init__(self, module: nn.Module, teacher: nn.Module | None, settings: LrQatSettings) -> None:
        super().__init__()
        self.module = module
        self._teacher = (teacher,)
        self._settings = settings
        for layer in self.layers():
            layer.requires_grad_(True)

    def layers(self) -> list[LearnedLinear]:
        """The layers in training."""
        return [layer for layer in self.module.modules() if isinstance(layer, LearnedLinear)]

    @property
    def watched(self) -> nn.Module | None:
        """The network with its layers in training."""
        return self.module

    def groups(self) -> list[Group]:
        """Low-rank terms or weights, and scales, each with a rate of their own."""
        rate = self._settings.weight_lr if self._settings.trainable == "weights" else self._settings.learning_rate
        layers = self.layers()
        weights = [parameter for layer in layers for parameter in layer.weight_parameters()]
        scales = Group([layer.scale for layer in layers], rate=self._settings.scale_lr, weight_decay=0.0)
        return [Group(weights, rate=rate), scales] if weights else [scales]

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss`` in nats a token."""
        (teacher,) = self._teacher
        if teacher is None:
            losses = next_token_losses(self_distillation.outputs(self.module, batch).logits, batch["labels"])
            return {"loss": losses.sum() / (batch["labels"][:, 1:] != -100).sum().clamp(min=1)}
        with torch.no_grad():
            teacher_logits = self_distillation.outputs(teacher, batch).logits
        return {
            "loss": self_distillation.divergence(
                teacher_logits, self_distillation.outputs(self.module, batch).logits, batch
            )
        }


@dataclass
class LrQatRun:
    """Layers in training, and their merge."""

    model: Model
    settings: LrQatSettings
    stage: Stage
    changed: dict[str, float] = field(default_factory=dict)
    """Share of the integers that training changed, by layer."""

    def __post_init__(self) -> None:
        nearest = self.settings.nearest()
        scheme = rounding.scheme_of(nearest)
        assert scheme is not None
        self.form = Form(scheme, self.settings.scale_domain, rounding.activations_of(nearest))
        self.clip = rounding.clip_of(nearest)
        self.generator = self.stage.generator("low-rank factors")
        self.linears = list(rounding.targets(self.model.anatomy, nearest).values())

    def replace_layers(self) -> None:
        """Put a layer in training in the place of every wanted one, and what rounds keys and values beside them."""
        if self.settings.kv_bits < 16:
            self.round_kv(Activations(self.settings.kv_bits, symmetric=False))
        self_distillation.replace_layers(self.model, self.stage, self.linears, self.training_layer, "First range of")

    def round_kv(self, rounding: Activations) -> None:
        """Let every attention round its keys and values."""
        if not can_route(self.model.module):
            raise BadInput(
                "Keys and values of this model can't be reached",
                why="its attention does not go through the attention functions of transformers",
                advice="leave the key/value cache at 16 bits",
            )
        anatomy = self.model.anatomy
        for layer in anatomy.layers:
            projection = next(linear for linear in layer.linears if linear.role in ("k", "qkv"))
            name = projection.name.rpartition(".")[0]
            attention = self.model.get(name)
            before = attention._modules.get(NAME)
            rotate = isinstance(before, OnlineAttention) and before.rotate
            online = OnlineAttention(anatomy.head_dim, rotate=rotate, keys=rounding, values=rounding)
            attention.add_module(NAME, online)
            route(attention)

    def training_layer(self, linear: Linear, weight: torch.Tensor, bias: torch.Tensor | None) -> LearnedLinear:
        """A layer in training. ValueError for a NaN, or for scales beyond their dtype."""
        start = quantize(weight, self.form.scheme, self.clip)
        if self.settings.trainable == "weights":
            return FullQatLinear(self.form, start, weight, bias, transposed=linear.transposed)
        factors = None
        if self.settings.trainable == "low_rank":
            b = lr_qat.factor(self.settings.rank, linear.in_features, self.generator).to(weight.device)
            factors = torch.zeros(linear.out_features, self.settings.rank, device=weight.device), b
        return LrQatLinear(
            self.form,
            start,
            weight,
            bias,
            base=self.settings.downcast,
            factors=factors,
            ratio=self.settings.alpha_over_r,
            transposed=linear.transposed,
            keep=self.settings.keep_quantized_weights,
        )

    @torch.no_grad()
    def merge(self) -> None:
        """Plain integers in the place of what was trained; both compute the same, which is measured."""
        generator = self.stage.generator("merge")
        furthest, changed, total = 0.0, 0.0, 0
        for linear in self.linears:
            self.stage.checkpoint()
            layer = cast(LearnedLinear, self.model.get(linear.name))
            integers = layer.compressed()
            self.changed[linear.name] = float((layer.codes() != layer.first_codes()).float().mean())
            changed += self.changed[linear.name] * linear.in_features * linear.out_features
            total += linear.in_features * linear.out_features
            x = torch.randn(8, linear.in_features, generator=generator).to(self.stage.device)
            merged = integers(x)
            furthest = max(furthest, float((layer(x) - merged).abs().max() / merged.abs().max().clamp_min(1e-30)))
            self.model.replace(linear.name, integers)
        close_after_training(self.model)
        self.stage.detail("integers_changed", changed / max(1, total))
        self.stage.detail("merge_difference", furthest)

    def report(self, name: str, weight: torch.Tensor) -> Report:
        """For the window."""
        metrics, before, after = compared(weight, cast(QuantizedLinear, self.model.get(name)))
        return {**metrics, "changed": self.changed[name]}, before, after
