"""Layers, the embedding and the head of a model rounded to nearest: all of round to nearest, and the ends of a model of
methods that solve its layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.base.errors import BadInput, RunFailed
from engine.base.human import bytes_text
from engine.calibration.input_energy import Inputs
from engine.methods.quantization.common import factors, rounding
from engine.methods.quantization.common.rounding_settings import FIXED, RoundingSettings
from engine.methods.quantization.common.table_solver import TableSolver, read_by_head
from engine.methods.shared.layers import embedding_of, head_of
from engine.models.layer import LinearLayer, Report, compared, refusing
from engine.models.model import Model, Part
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.low_rank import LowRankLinear
from engine.modules.packed import packed_embedding
from engine.modules.quantized import Activations
from engine.modules.quantized_embedding import PackedEmbedding
from engine.modules.tied import TiedLinear
from engine.numerics.quantization.formats import FORMATS
from engine.numerics.quantization.quantize import quantize
from engine.numerics.quantization.scheme import Quantized, Scheme


@dataclass
class Replacement:
    """The replacement of a layer: a module, or a weight (out, in) in another dtype; and its statistics."""

    result: CompressedModule | torch.Tensor
    report: Report


@dataclass
class NearestRounding:
    """One run over one model.

    inputs: statistics of the inputs of linears, where a text is read; a search for ranges weights errors with the
        energies that there are.
    solver: of the tables that the head reads; None: they are rounded to nearest too.
    """

    model: Model
    settings: RoundingSettings
    stage: Stage
    inputs: Inputs
    solver: TableSolver | None = None

    def __post_init__(self) -> None:
        anatomy = self.model.anatomy
        self.targets = rounding.targets(anatomy, self.settings)
        self.embedding = embedding_of(anatomy)
        self.head = head_of(anatomy)
        self.breaks_weight_tying = rounding.breaks_weight_tying(anatomy, self.settings)
        self.units: dict[str, torch.Tensor] = {}
        self.solved = read_by_head(anatomy) if self.solver is not None else frozenset()
        self.tied = anatomy.tied and self.settings.quantize_embeddings and self.settings.quantize_head
        if self.breaks_weight_tying and isinstance(self.model.get(str(anatomy.head)), CompressedModule):
            raise BadInput(
                "Embedding and head already share quantized weights",
                where=str(anatomy.head),
                advice="quantize both of them or neither",
            )

    # -- linear layers -------------------------------------------------------------------------------------------------
    def prepare(self, linears: list[Linear]) -> None:
        """Compute the tensor scales that the layers of a part share."""
        dense = [linear for linear in linears if not isinstance(self.model.get(linear.name), LowRankLinear)]
        self.units = rounding.tensor_scales(dense, lambda x: LinearLayer(self.model, x).weight, self.scheme)

    def scheme(self, linear: Linear) -> Scheme | None:
        """Scheme of its weight; None for a plain cast."""
        return rounding.scheme_for(linear, self.settings)

    def quantize_linear(self, linear: Linear) -> Replacement:
        """The quantized equal of a layer, with its statistics. Changes nothing: layers may be worked on at once."""
        layer, scheme = LinearLayer(self.model, linear), self.scheme(linear)
        if isinstance(layer.module, LowRankLinear) and scheme is not None:
            return self._factors(linear, layer.module, scheme)
        if scheme is None:
            return self._cast(layer)
        weight = layer.weight
        quantized = self._quantized(linear, weight, scheme, self._energy(linear.name), self.units.get(linear.name))
        module = layer.packed(scheme, quantized, shape=weight.shape, activations=self._activations(linear))
        return Replacement(module, compared(weight, module))

    def _factors(self, linear: Linear, layer: LowRankLinear, scheme: Scheme) -> Replacement:
        """A factor, whose inputs are others than the layer's, is searched without an importance matrix."""
        module = factors.quantized_factors(
            layer,
            scheme,
            lambda weight, fitted, _: self._nearest(linear, weight, fitted),
            activations=rounding.activations_of(self.settings.for_layer(linear)),
        )
        return Replacement(module, factors.report(layer, module))

    def replace(self, linear: Linear, replacement: Replacement) -> None:
        """Replace a layer and report it."""
        layer = LinearLayer(self.model, linear)
        if isinstance(replacement.result, CompressedModule):
            layer.replace(replacement.result)
        else:
            layer.set_weight(replacement.result)
        self.stage.layer(linear.name, *replacement.report)

    def _quantized(
        self,
        linear: Linear,
        weight: torch.Tensor,
        scheme: Scheme,
        energy: torch.Tensor | None = None,
        unit: torch.Tensor | None = None,
    ) -> Quantized:
        if self.solver is None or linear.name not in self.solved:
            return self._nearest(linear, weight, scheme, energy, unit)
        clip = rounding.clip_of(self.settings.for_layer(linear))
        return self.solver.solve(linear.name, weight, scheme, clip, LinearLayer(self.model, linear).mask)

    def _nearest(
        self,
        linear: Linear,
        weight: torch.Tensor,
        scheme: Scheme,
        energy: torch.Tensor | None = None,
        unit: torch.Tensor | None = None,
    ) -> Quantized:
        advice = "check model and group size; scales in bfloat16 or float32 have a larger range"
        with refusing("quantized", linear.name, advice):
            clip = rounding.clip_of(self.settings.for_layer(linear))
            return quantize(weight, scheme, clip, energy=energy, unit=unit)

    def _energy(self, name: str) -> torch.Tensor | None:
        if self.tied and self.embedding is not None and name == self.embedding.name:
            name = str(self.model.anatomy.head)  # what it is multiplied with as the head counts for it
        return self.inputs.energies.get(name)

    def _activations(self, linear: Linear) -> Activations | None:
        """Rounding of the inputs of a layer; None for layers without statistics of their inputs (a head)."""
        activations = rounding.activations_of(self.settings.for_layer(linear))
        if activations is None or self.settings.activations not in FIXED:
            return activations
        peak = self.inputs.peaks.get(linear.name)
        return None if peak is None else replace(activations, scale=rounding.fixed_scale(self.settings, peak))

    def _cast(self, layer: LinearLayer) -> Replacement:
        """The weight in a 16-bit float. `BadInput` for a compressed layer, RunFailed where the weight does not fit."""
        name, target = layer.name, self.settings.format_of(layer.linear)
        if isinstance(layer.module, CompressedModule):
            raise BadInput(
                f"A compressed layer can't be turned into {target}",
                where=name,
                advice="put this block before the one that compresses",
            )
        weight = layer.weight
        short = weight.to(FORMATS[target].dtype)
        if not torch.isfinite(short).all():
            raise RunFailed(
                f"A weight can't be written as {target}",
                where=name,
                why=f"it is NaN, or larger than {torch.finfo(short.dtype).max:g}",
                advice="check the model, or choose bfloat16",
            )
        return Replacement(short, compared(weight, short))

    # -- embedding and head --------------------------------------------------------------------------------------------
    def quantize_ends(self, part: Part) -> None:
        """Quantize the embedding or the head, if it lies in this part and the settings say so."""
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
            self.replace(self.head, self.quantize_linear(self.head))

    def _embedding(self, embedding: Linear) -> None:
        name, scheme = embedding.name, self.scheme(embedding)
        layer = LinearLayer(self.model, embedding)
        if scheme is None:
            self.replace(embedding, self._cast(layer))
            return
        factor = PackedEmbedding.factor_of(layer.module)
        if factor is None:
            raise RunFailed(
                "The embedding can't be quantized",
                where=name,
                why=f"{type(layer.module).__name__} does more than look up rows",
                advice="leave the embedding alone",
            )
        weight = layer.weight
        table = packed_embedding(scheme, len(weight), weight.shape[1], factor)
        table.set_quantized(self._quantized(embedding, weight, scheme, self._energy(name)))
        self.replace(embedding, Replacement(table, compared(weight, table)))
        if self.tied:
            self._tie()

    def _tie(self) -> None:
        """Let the head read the quantized embedding. Done again after a resume, and never harmful."""
        assert self.head is not None and self.embedding is not None
        LinearLayer(self.model, self.head).replace(TiedLinear(self.embedding.name))

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
