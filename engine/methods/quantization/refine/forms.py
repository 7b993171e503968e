"""Forms of quantized layers for refining: their levels, the stored numbers that scales and shifts are made of, and the
way back into the layer."""

from __future__ import annotations

import abc
from collections.abc import Mapping

import torch

from engine.modules.ggml import GgmlWeight
from engine.modules.quantized import QuantizedWeight
from engine.numerics.ggml import refinable
from engine.numerics.quantization import packing
from engine.numerics.quantization.codes import to_unsigned
from engine.numerics.quantization.ranges import is_short
from engine.numerics.quantization.refining import Levels

Numbers = Mapping[str, torch.Tensor]
QuantizedModule = QuantizedWeight | GgmlWeight
COARSE = 8
"""Levels between zero and the largest weight up to which a step changes a scale by the learning rate. With more of them
by less, so that the largest weight moves by as much of the distance between two levels: 0.4 % of an 8-bit scale would
be half of that distance. With a minimum, the largest weight is all levels away from where the scale begins."""


class Form(abc.ABC):
    """A quantized layer taken apart.

    layer: what was taken apart. levels: of its weight. numbers: its stored numbers that may be trained, float32, by
    name. units: how far each of them moves for a step of 1, in their shapes; 0 for those that stay.
    """

    layer: QuantizedModule
    levels: Levels
    numbers: dict[str, torch.Tensor]
    units: dict[str, torch.Tensor]

    @abc.abstractmethod
    def stored(self, name: str, values: torch.Tensor) -> torch.Tensor:
        """Numbers rounded to what the layer can store under this name, float32."""

    @abc.abstractmethod
    def group_parameters(self, numbers: Numbers) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Scale and shift (out, groups) that stored numbers give; gradients pass. None: there is no shift."""

    @abc.abstractmethod
    def store(self, numbers: Numbers, ranks: torch.Tensor | None) -> None:
        """Give the layer other stored numbers and other ranks of its weights (out, in); None: its own."""


class GgmlForm(Form):
    """Blocks of ggml: float16 d and m, whole sub-scales and sub-minima."""

    def __init__(self, layer: GgmlWeight) -> None:
        self.layer, self.layout = layer, layer.layout
        blocks = layer.blocks
        self.levels = Levels(
            refinable.ranks_of(blocks, self.layout), tuple(map(float, refinable.levels_of(self.layout)))
        )
        self.numbers = refinable.numbers_of(blocks, self.layout)
        self.units = refinable.units_of(self.numbers, self.layout)

    def stored(self, name: str, values: torch.Tensor) -> torch.Tensor:
        """See the base."""
        return refinable.stored(name, values, self.layout)

    def group_parameters(self, numbers: Numbers) -> tuple[torch.Tensor, torch.Tensor | None]:
        """See the base."""
        return refinable.run_parameters(numbers, self.layout)

    def store(self, numbers: Numbers, ranks: torch.Tensor | None) -> None:
        """See the base."""
        self.layer.blocks = refinable.assembled(self.layer.blocks, self.layout, numbers, ranks)


class IntegerForm(Form):
    """Integers, short floats and codebooks with a scale for each group, and with minima where they are floating. Whole
    zero points stay, and so do scales that are powers of two."""

    def __init__(self, layer: QuantizedWeight) -> None:
        self.layer, self.scheme = layer, layer.scheme
        quantized = layer.quantized()
        zeros = quantized.zero_points
        self.has_minima = zeros is not None and zeros.is_floating_point()
        self._unit = 1.0 if quantized.tensor_scale is None else quantized.tensor_scale
        self.levels = self._levels(quantized.codes, None if self.has_minima else zeros)
        self.numbers = {"scales": quantized.scales.float()}
        self.units = {"scales": self.numbers["scales"].abs()}
        if self.scheme.scale_dtype == "float8_e8m0fnu":
            self.units["scales"] = torch.zeros_like(self.units["scales"])
        if zeros is not None and self.has_minima:
            self.numbers["minima"] = zeros.float()
            self.units["minima"] = torch.maximum(zeros.float().abs(), self.units["scales"])

    def _levels(self, codes: torch.Tensor, zeros: torch.Tensor | None) -> Levels:
        number = self.scheme.number
        if number.kind == "float":
            return Levels(codes)
        whole_zeros = None if zeros is None else zeros.float()
        if number.kind == "integer":
            first = 0 if self.has_minima else number.minimum
            table = tuple(float(first + rank) for rank in range(1 << number.bits))
            return Levels(to_unsigned(codes, number), table, whole_zeros)
        levels = (-1.0, 1.0) if number.kind == "sign" else number.levels
        ordered = sorted(set(levels))
        self._rank_of_code = torch.tensor([ordered.index(level) for level in levels], dtype=torch.uint8)
        self._codes = codes
        ranks = self._rank_of_code.to(codes.device).index_select(0, codes.reshape(-1).int()).view(codes.shape)
        return Levels(ranks, tuple(ordered), whole_zeros)

    def stored(self, name: str, values: torch.Tensor) -> torch.Tensor:
        """See the base."""
        if self.scheme.scale_dtype == "float8_e8m0fnu":
            return values
        dtype = self.scheme.stored_scale
        largest = torch.finfo(dtype).max
        return (values / self._unit).clamp(-largest, largest).to(dtype).float() * self._unit

    def group_parameters(self, numbers: Numbers) -> tuple[torch.Tensor, torch.Tensor | None]:
        """See the base."""
        rows = len(self.levels.ranks)
        scales, minima = numbers["scales"], numbers.get("minima")
        return scales.expand(rows, -1), None if minima is None else minima.expand(rows, -1)

    def store(self, numbers: Numbers, ranks: torch.Tensor | None) -> None:
        """See the base."""
        layer = self.layer
        if not is_short(self.scheme):
            layer.scales = numbers["scales"].to(layer.scales.dtype)
        elif self.scheme.scale_dtype != "float8_e8m0fnu":
            layer.scales = (numbers["scales"] / self._unit).to(layer.scales.dtype)
        if "minima" in numbers and layer.zero_points is not None:
            layer.zero_points = numbers["minima"].to(layer.zero_points.dtype)
        if ranks is not None:
            layer.codes = self._packed(ranks)

    def _packed(self, ranks: torch.Tensor) -> torch.Tensor:
        """The packed codes of these ranks; a code stays where its rank is the same: some formats have two zeros."""
        number = self.scheme.number
        if number.kind == "integer":
            return packing.pack(ranks, number.bits)
        first = [self._rank_of_code.tolist().index(rank) for rank in range(len(self.levels.table))]
        table = torch.tensor(first, dtype=torch.uint8, device=ranks.device)
        codes = table.index_select(0, ranks.reshape(-1).int()).view(ranks.shape)
        codes = torch.where(ranks == self.levels.ranks, self._codes, codes)
        return packing.pack(to_unsigned(codes, number), number.bits)


def form_of(layer: QuantizedModule) -> Form:
    """A loaded layer or embedding taken apart."""
    form = GgmlForm(layer) if isinstance(layer, GgmlWeight) else IntegerForm(layer)
    if (share := _share(form)) < 1:
        form.units = {name: unit * share for name, unit in form.units.items()}
    return form


def _share(form: Form) -> float:
    """The share of the learning rate by which a step changes each number: half of it where a scale is the product of
    two that both move."""
    levels = form.levels
    begins_at_end = bool(levels.table) and (levels.table[0] >= 0 or levels.zeros is not None)
    reach = len(levels.table) if begins_at_end else len(levels.table) / 2
    factors = sum(name in form.units and bool(form.units[name].any()) for name in ("d", "scales"))
    return min(1.0, COARSE / max(1.0, reach)) / max(1, factors)
