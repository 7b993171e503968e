"""OneBit: signs and two vectors by SVID, then distillation from the original model, whole or layer by layer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import torch
from torch import nn

from engine import devices
from engine.architecture.anatomy import Anatomy, Linear
from engine.calibration.walk import LayerStep, walk
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.data.batches import spread
from engine.data.samples import load_ids
from engine.methods.costs import rates
from engine.methods.costs.bytes import artifact_bytes
from engine.methods.quantization.common import self_distillation
from engine.methods.quantization.onebit.objective import LayerObjective, WholeObjective
from engine.methods.quantization.onebit.settings import OneBitSettings
from engine.methods.shared.layers import chosen
from engine.models.layer import LinearLayer, Report, compared, oriented
from engine.models.layerwise import HiddenStates
from engine.models.model import Model
from engine.models.running import refuse_long
from engine.models.sampling import OWN, kept_text
from engine.models.source import load_tokenizer, open_model
from engine.models.stage import Stage
from engine.modules.onebit import OneBitDense, OneBitLinear, OneBitTraining
from engine.training.batches import TokenBatches, text_batches
from engine.training.loop import train
from engine.training.model import close_after_training


class OneBit:
    """The algorithm.

    In memory, for each weight: 16 bytes (a latent weight in float32, its gradient, two moments) and 2 of the teacher on
    an accelerator with bfloat16, 4 on the CPU. Layer by layer: that of one layer, and the hidden states of all samples.
    """

    def check(self, anatomy: Anatomy, settings: OneBitSettings) -> list[Problem]:
        """A model that predicts no tokens, nothing to compress, patterns that mean nothing."""
        problems = self_distillation.problems(anatomy, settings.ignore)
        if not _targets(anatomy, settings):
            problems.append(Problem("error", "There is nothing to compress: no linear layer is left"))
        return problems

    def targets(self, anatomy: Anatomy, settings: OneBitSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return [linear.name for linear in _targets(anatomy, settings)]

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: OneBitSettings, device: torch.device
    ) -> Estimate:
        """One bit a weight and two vectors on disk; memory of latent weights, optimizer and teacher; seconds from the
        measured rate of matrix products."""
        linears = _targets(anatomy, settings)
        kind = OneBitLinear if settings.layer_norm else OneBitDense
        modules = {x.name: kind(x.out_features, x.in_features, bias=_bias(x), transposed=x.transposed) for x in linears}
        weights = sum(x.in_features * x.out_features for x in linears)
        tables = 4 * anatomy.vocabulary * anatomy.hidden_size * (1 if anatomy.tied else 2)
        rate = rates.of_training(settings, device)
        tokens = settings.batch_size * settings.sequence_length
        if settings.mode == "layerwise":
            share = max(1, len(anatomy.layers))
            states = 3 * 4 * settings.num_samples * settings.sequence_length * anatomy.hidden_size
            memory = (
                28 * weights // share + tables + states + self_distillation.activation_bytes(anatomy, settings) // share
            )
            operations = (
                2.0 * weights * (3 * settings.steps * tokens + 2 * settings.num_samples * settings.sequence_length)
            )
        else:
            teacher_bytes = 2 if devices.is_accelerator(device) else 4
            outputs = 16 * sum(x.out_features for x in linears) * settings.micro_batch_size * settings.sequence_length
            memory = (16 + teacher_bytes) * weights + 2 * tables + outputs
            memory += self_distillation.activation_bytes(anatomy, settings)
            operations = 2.0 * (weights + anatomy.vocabulary * anatomy.hidden_size) * 4 * settings.steps * tokens
        return Estimate(artifact_bytes(header, anatomy, modules), memory, operations / rate)

    def apply(self, model: Model, settings: OneBitSettings, stage: Stage) -> Model:
        """Compress. RunFailed names the layer with a NaN."""
        run = OneBitRun(model, self_distillation.teacher_of(model, stage), settings, stage)
        result = run.layers() if settings.mode == "layerwise" else run.whole()
        run.report_bits()
        return result


def _targets(anatomy: Anatomy, settings: OneBitSettings) -> list[Linear]:
    inside = {linear.name for layer in anatomy.layers for linear in layer.linears}
    return [linear for name, linear in chosen(anatomy, settings.ignore).items() if name in inside]


def _shape(model: Model) -> str:
    return f"{len(model.anatomy.layers)} layers of width {model.anatomy.hidden_size}"


def _joined(states: HiddenStates) -> torch.Tensor:
    """All samples in one tensor, of which the states are views from then on: they are in memory once."""
    sizes = [len(state) for state in states]
    whole = torch.cat(list(states))
    for number, state in enumerate(torch.split(whole, sizes)):
        states[number] = state
    return whole


def _bias(linear: Linear) -> torch.Tensor | None:
    return torch.empty(linear.out_features, device="meta") if linear.bias else None


@dataclass
class OneBitRun:
    """One run over one model and its teacher."""

    model: Model
    teacher: Model
    settings: OneBitSettings
    stage: Stage

    def __post_init__(self) -> None:
        self.linears = _targets(self.model.anatomy, self.settings)
        if _shape(self.teacher) != _shape(self.model):
            self.stage.log(
                f"The teacher has another shape ({_shape(self.teacher)}) than the model ({_shape(self.model)}), whose "
                "layers can't be compared with its: the incoming model is the teacher",
                level="warning",
            )
            self.teacher = open_model(self.model.path)

    # -- the whole model ---------------------------------------------------------------------------------------------
    def whole(self) -> Model:
        """All layers at once, from predictions and hidden states."""
        settings, stage, model = self.settings, self.stage, self.model
        batches = text_batches(model, settings, stage, self.teacher)
        self_distillation.replace_layers(model, stage, self.linears, self.training_layer, "Signs and values of")
        norms = [name for layer in model.anatomy.layers for name in layer.norms.values()]
        self.learn([*norms, *([model.anatomy.final_norm] if model.anatomy.final_norm else [])])
        self.teacher.ready(self.teacher.reading_dtype(stage.device), stage.device)
        objective = WholeObjective(model.module, self.teacher.module, settings.kl_weight, settings.hidden_weight)
        trained = train(objective, batches, settings, stage)
        self.teacher.free()
        close_after_training(model)
        stage.detail("training", {"steps": trained.steps, "held_out": dict(trained.held_out), **trained.terms})
        return self_distillation.store(model, open_model(model.path), stage, self.linears, self.report)

    def training_layer(self, linear: Linear, weight: torch.Tensor, bias: torch.Tensor | None) -> OneBitTraining:
        """Signs and values, ready to be trained."""
        return OneBitTraining.of(weight, bias, transposed=linear.transposed, normalize=self.settings.layer_norm)

    def learn(self, norms: list[str]) -> None:
        """Choose what is trained: latent weights, vectors, biases, and these norms."""
        self.model.module.requires_grad_(False)
        for module in self.model.module.modules():
            if isinstance(module, OneBitTraining):
                module.requires_grad_(True)
        for name in norms if self.settings.train_norms else []:
            self.model.get(name).requires_grad_(True)

    # -- layer by layer ----------------------------------------------------------------------------------------------
    def layers(self) -> Model:
        """Each layer from what the teacher's gives, one in memory at a time."""
        name, length = self.settings.text, self.settings.sequence_length
        refuse_long(self.model, length)
        if name == OWN:
            tokens, sha256 = kept_text(self.teacher, self.settings.num_samples, length, self.stage, "training")
        else:
            ids, sha256 = load_ids(load_tokenizer(self.model), name)
            tokens = spread(ids, length, self.settings.num_samples, name=name)
        self.stage.detail("training_text", {"text": name, "sha256": sha256, "samples": len(tokens)})
        tokens = tokens.to(self.stage.device)
        states = self.first_inputs(tokens)
        for layer_step in walk(self.model, self.stage, tokens):
            states = self.teacher_outputs(layer_step, states)
            if not layer_step.part.stored:
                self.train_layer(layer_step, tokens, states)
        return self.model

    def first_inputs(self, tokens: torch.Tensor) -> HiddenStates:
        """Inputs of the teacher's first layer, by sample."""
        layer_step = next(walk(self.teacher, self.stage, tokens, store=False, span=(0.0, 0.0)))
        self.teacher.free()
        return layer_step.hidden.copy()

    @torch.no_grad()
    def teacher_outputs(self, layer_step: LayerStep, states: HiddenStates) -> HiddenStates:
        """Outputs of the teacher's layer."""
        part = self.teacher.part(layer_step.part.name)
        self.teacher.load(part, dtype=torch.float32, device=self.stage.device)
        layer = self.teacher.get(layer_step.layer.name)
        outputs = states.copy()
        for number, state in enumerate(states):
            self.stage.checkpoint()
            outputs[number] = layer_step.call.of(layer, state, number)
        self.teacher.free(part)
        return outputs

    def train_layer(self, layer_step: LayerStep, tokens: torch.Tensor, targets: HiddenStates) -> None:
        """Compress and train the linears of one layer."""
        layer_step.call.refuse_shared(layer_step.layer.name, "OneBit layer by layer")
        mine = [
            linear for linear in self.linears if linear.name in {inside.name for inside in layer_step.layer.linears}
        ]
        before = {linear.name: LinearLayer(self.model, linear).weight for linear in mine}
        for linear in mine:
            self_distillation.exchange(self.model, linear, self.training_layer)
        self.learn(list(layer_step.layer.norms.values()))
        settings, index, count = self.settings, layer_step.layer.index, len(self.model.anatomy.layers)
        samples = {"input_ids": tokens, "hidden": _joined(layer_step.hidden), "target": _joined(targets)}
        batches = TokenBatches(
            samples,
            size=settings.batch_size,
            micro=settings.micro_batch_size,
            seed=self.stage.seed,
            held_out=min(settings.eval_samples, len(tokens) // 4),
        )
        (self.stage.folder / f"layer {index - 1}.safetensors").unlink(missing_ok=True)  # that one is stored
        layer, lengths = layer_step.layer.name, not settings.layer_norm
        objective = LayerObjective(self.model.get(layer), layer_step.call, name=layer, lengths=lengths)
        span = (index / count, (index + 1) / count)
        name, after = f"layer {index}", index * settings.steps
        train(objective, batches, settings, self.stage, name=name, span=span, after=after)
        self.model.module.requires_grad_(False)
        for norm in layer_step.layer.norms.values():  # what goes on is what will be stored
            for leaf, parameter in self.model.get(norm).named_parameters():
                parameter.data = parameter.data.to(self.model.stored_dtype(f"{norm}.{leaf}")).float()
        for linear in mine:
            form = cast(OneBitTraining, self.model.get(linear.name))
            compressed = form.compressed()
            compressed.cache_dense_weight(torch.float32)
            self.model.replace(linear.name, compressed)
            self.stage.layer(linear.name, *self.report(linear.name, before[linear.name]))

    # -- telling -----------------------------------------------------------------------------------------------------
    def report(self, name: str, weight: torch.Tensor) -> Report:
        """For the window. With a LayerNorm behind it, a weight has no error of its own."""
        module = cast(OneBitLinear, self.model.get(name))
        dense = module.dense_weight()
        metrics, before, after = compared(weight, oriented(dense, module))
        metrics["bits_per_weight"] = module.bits() / weight.numel()
        if module.ONLINE:
            metrics = {key: value for key, value in metrics.items() if key not in ("sqnr_db", "error")}
        return metrics, before, after

    def report_bits(self) -> None:
        """Bits a weight of the compressed layers, vectors and biases included."""
        weights = sum(linear.in_features * linear.out_features for linear in self.linears)
        modules: list[nn.Module] = [self.model.get(linear.name) for linear in self.linears]
        bits = sum(module.bits() for module in modules if isinstance(module, OneBitLinear))
        self.stage.detail("layer_bits_per_weight", bits / max(1, weights))
