"""Round to nearest: part by part, every linear layer is replaced by its quantized equal. No data is needed, except for
the importance matrix of a search for ranges."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Linear
from engine.base.errors import BadInput, RunFailed
from engine.base.human import bytes_text
from engine.calibration.input_energy import Inputs, input_statistics
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs import rates
from engine.methods.costs.memory import calibration_bytes
from engine.methods.quantization.common import factors, rounding
from engine.methods.quantization.round_to_nearest.settings import FIXED, RoundToNearestSettings
from engine.methods.shared.layers import embedding_of, head_of, not_recognized
from engine.methods.shared.report import Report, compared
from engine.models.model import Model, Part
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.low_rank import LowRankLinear
from engine.modules.packed import packed_embedding, packed_linear
from engine.modules.quantized import Activations
from engine.modules.quantized_embedding import PackedEmbedding
from engine.modules.tied import TiedLinear
from engine.numerics.quantization.formats import FORMATS
from engine.numerics.quantization.quantize import quantize
from engine.numerics.quantization.scheme import Quantized, Scheme
from engine.numerics.workers import largest_first, workers

GATHERING = 0.7
"""Share of the progress that gathering the importance matrix makes up."""


class RoundToNearest:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: RoundToNearestSettings) -> list[Problem]:
        """Groups that do not fit, formats that do not go together, patterns that mean nothing, a split tie."""
        found = rounding.problems(anatomy, settings)
        if settings.calibrated and not anatomy.layers:
            found.append(not_recognized(anatomy, "Search for the smallest error without an importance matrix"))
        return found

    def targets(self, anatomy: Anatomy, settings: RoundToNearestSettings) -> Collection[str]:
        """See `engine.methods.base.Targeting`."""
        return rounding.all_targets(anatomy, settings)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: RoundToNearestSettings, device: torch.device
    ) -> Estimate:
        """Bytes of the tensor files to about a percent; memory on top of the program's own; seconds."""
        nearest = rounding.estimate(header, anatomy, settings, device)
        if not settings.calibrated:
            return nearest
        tokens = settings.num_samples * settings.sequence_length
        inside = [x for layer in anatomy.layers for x in layer.linears]
        return Estimate(
            nearest.disk_bytes,
            max(nearest.memory_bytes, calibration_bytes(header, anatomy, tokens, device, settings.compute_dtype)),
            (nearest.seconds or 0.0) + rates.calibrating(inside, settings, device),
        )

    def apply(self, model: Model, settings: RoundToNearestSettings, stage: Stage) -> Model:
        """Quantize in place. RunFailed names the layer with a NaN or with scales beyond their dtype."""
        inputs = Inputs({}, {})
        share = 0.0
        if settings.calibrated:
            share = GATHERING
            head = model.anatomy.head if settings.quantize_head else None
            seen = {*rounding.targets(model.anatomy, settings), *((head,) if head else ())}
            inputs = input_statistics(model, settings, stage, seen, (0.0, share))
            inputs.peaks.pop(head or "", None)  # what reaches the head is not rounded by a fixed scale
        work = _Work(model, settings, stage, inputs)
        with workers(stage.device) as pool:
            for part in stage.parts(model, span=(share, 1.0)):
                wanted = [linear for linear in part.linears if linear.name in work.targets]
                work.prepare(wanted)
                made = largest_first(pool, work.done, wanted, lambda x: x.in_features * x.out_features)
                for linear, done in zip(wanted, made, strict=True):
                    stage.checkpoint()
                    work.put(linear.name, done)
                work.ends(part)
        if work.breaks_weight_tying:
            work.untie()
        return model


@dataclass
class _Work:
    """One run of the method over one model. ``inputs``: what reaches the linears, if a text is read."""

    model: Model
    settings: RoundToNearestSettings
    stage: Stage
    inputs: Inputs

    def __post_init__(self) -> None:
        anatomy = self.model.anatomy
        self.targets = rounding.targets(anatomy, self.settings)
        self.embedding = embedding_of(anatomy)
        self.head = head_of(anatomy)
        self.breaks_weight_tying = rounding.breaks_weight_tying(anatomy, self.settings)
        self.units: dict[str, torch.Tensor] = {}
        self.tied = anatomy.tied and self.settings.quantize_embeddings and self.settings.quantize_head
        if self.breaks_weight_tying and isinstance(self.model.get(str(anatomy.head)), CompressedModule):
            raise BadInput(
                "Embedding and head already share quantized weights",
                where=str(anatomy.head),
                advice="quantize both of them or neither",
            )

    # -- linear layers -------------------------------------------------------------------------------------------------
    def prepare(self, linears: list[Linear]) -> None:
        """What the layers of a part share."""
        dense = [linear for linear in linears if not isinstance(self.model.get(linear.name), LowRankLinear)]
        self.units = rounding.tensor_scales(dense, lambda x: _weight(self.model.get(x.name)), self.scheme)

    def scheme(self, linear: Linear) -> Scheme | None:
        """How its weight is written; None for a plain cast."""
        return rounding.scheme_for(linear, self.settings)

    def done(self, linear: Linear) -> _Done:
        """The quantized equal of a layer, with its statistics. Changes nothing: layers may be worked on at once."""
        module, scheme = self.model.get(linear.name), self.scheme(linear)
        if isinstance(module, LowRankLinear) and scheme is not None:
            return self._factors(linear, module, scheme)
        weight = _weight(module)
        oriented = weight.t() if linear.transposed else weight
        if scheme is None:
            return self._cast(linear, module, oriented)
        bias = cast("torch.Tensor | None", module.bias)
        quantized = self._quantized(linear, oriented, scheme, self._energy(linear.name), self.units.get(linear.name))
        made = packed_linear(
            scheme,
            *oriented.shape,
            bias=bias,
            transposed=linear.transposed,
            activations=self._activations(linear),
        )
        made.set_quantized(quantized)
        return _Done(made, compared(oriented, made))

    def _factors(self, linear: Linear, layer: LowRankLinear, scheme: Scheme) -> _Done:
        """A factor, whose inputs are others than the layer's, is searched without an importance matrix."""
        made = factors.quantized_factors(
            layer,
            scheme,
            lambda weight, fitted, _: self._quantized(linear, weight, fitted),
            activations=rounding.activations_of(self.settings.for_layer(linear)),
        )
        return _Done(made, factors.report(layer, made))

    def put(self, name: str, done: _Done) -> None:
        """Put it in its place and report it."""
        if isinstance(done.made, CompressedModule):
            self.model.replace(name, done.made)
            done.made.connect(self.model.module)
        else:
            self.model.get(name).weight = nn.Parameter(done.made, requires_grad=False)
        self.stage.layer(name, *done.report)

    def _quantized(
        self,
        linear: Linear,
        weight: torch.Tensor,
        scheme: Scheme,
        energy: torch.Tensor | None = None,
        unit: torch.Tensor | None = None,
    ) -> Quantized:
        try:
            clip = rounding.clip_of(self.settings.for_layer(linear))
            return quantize(weight, scheme, clip, energy=energy, unit=unit)
        except ValueError as error:
            raise RunFailed(
                "A layer can't be quantized",
                where=linear.name,
                why=str(error),
                advice="check model and group size; scales in bfloat16 or float32 have a larger range",
            ) from None

    def _energy(self, name: str) -> torch.Tensor | None:
        if self.settings.clip != "imatrix_mse":
            return None
        if self.tied and self.embedding is not None and name == self.embedding.name:
            name = str(self.model.anatomy.head)  # what it is multiplied with as the head counts for it
        return self.inputs.energies.get(name)

    def _activations(self, linear: Linear) -> Activations | None:
        """How the inputs of a layer are rounded; those of layers that nobody saw on the text (a head)
        stay as they are."""
        activations = rounding.activations_of(self.settings.for_layer(linear))
        if activations is None or self.settings.activations not in FIXED:
            return activations
        peak = self.inputs.peaks.get(linear.name)
        return None if peak is None else replace(activations, scale=rounding.fixed_scale(self.settings, peak))

    def _cast(self, linear: Linear, module: nn.Module, oriented: torch.Tensor) -> _Done:
        name, wanted = linear.name, self.settings.format_of(linear)
        if isinstance(module, CompressedModule):
            raise BadInput(
                f"A compressed layer can't be turned into {wanted}",
                where=name,
                advice="put this block before the one that compresses",
            )
        short = oriented.to(FORMATS[wanted].dtype)
        if not torch.isfinite(short).all():
            raise RunFailed(
                f"A weight can't be written as {wanted}",
                where=name,
                why=f"it is NaN, or larger than {torch.finfo(short.dtype).max:g}",
                advice="check the model, or choose bfloat16",
            )
        return _Done(short.t() if linear.transposed else short, compared(oriented, short))

    # -- embedding and head --------------------------------------------------------------------------------------------
    def ends(self, part: Part) -> None:
        """Quantize the embedding or the head, if it lies in this part and is wanted."""
        if self.settings.quantize_embeddings and self.embedding is not None and part.owns(self.embedding.name):
            self._embedding(self.embedding)
        if self.head is None or not part.owns(self.head.name):
            return
        if self.breaks_weight_tying:
            self.untie()
            self._own_head()
        if self.tied and self.embedding is not None and self.scheme(self.embedding) is not None:
            self._tie()
        elif self.settings.quantize_head and not self.tied:
            self.put(self.head.name, self.done(self.head))

    def _embedding(self, embedding: Linear) -> None:
        name, scheme = embedding.name, self.scheme(embedding)
        module = self.model.get(name)
        weight = _weight(module)
        if scheme is None:
            self.put(name, self._cast(embedding, module, weight))
            return
        factor = PackedEmbedding.factor_of(module)
        if factor is None:
            raise RunFailed(
                "The embedding can't be quantized",
                where=name,
                why=f"{type(module).__name__} does more than look up rows",
                advice="leave the embedding alone",
            )
        quantized = self._quantized(embedding, weight, scheme, self._energy(name))
        made = packed_embedding(scheme, len(weight), weight.shape[1], factor)
        made.set_quantized(quantized)
        self.put(name, _Done(made, compared(weight, made)))
        if self.tied:
            self._tie()

    def _tie(self) -> None:
        """Let the head read the quantized embedding. Done again after a resume, and never harmful."""
        assert self.head is not None and self.embedding is not None
        head = TiedLinear(self.embedding.name)
        self.model.replace(self.head.name, head)
        head.connect(self.model.module)

    def untie(self) -> None:
        """From here on the head has a weight of its own."""
        self.model.anatomy = self.model.anatomy.untied()
        self.model.config = {**self.model.config, "tie_word_embeddings": False}

    def _own_head(self) -> None:
        """Give the head the embedding's weight as it was."""
        assert self.head is not None and self.embedding is not None
        head = cast(nn.Linear, self.model.get(self.head.name))
        weight = head.weight.detach()
        if weight.is_meta:  # the embedding was stored and freed, perhaps by a run that was killed
            weight = self.model.source.load(f"{self.embedding.name}.weight").to(self.stage.device)
        head.weight = nn.Parameter(weight, requires_grad=False)
        if not self.settings.quantize_embeddings:  # it was loaded for the tied head only
            self.model.free(next(part for part in self.model.parts if part.owns(self.embedding.name)))
        size = bytes_text(weight.numel() * weight.element_size())
        self.stage.log(f"Embedding and head are no longer tied: {size} more", "warning")


@dataclass
class _Done:
    """What takes a layer's place, a module or a shorter weight, and its metrics and histograms."""

    made: CompressedModule | torch.Tensor
    report: Report


def _weight(module: nn.Module) -> torch.Tensor:
    if isinstance(module, CompressedModule):
        return module.dense_weight()
    return cast(torch.Tensor, module.weight).detach()
