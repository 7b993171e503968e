"""A quantized layer or embedding while it is refined: its stored numbers and the positions of its weights on the grid
learn."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from engine.methods.quantization.refine.forms import Form, QuantizedModule, form_of
from engine.modules.ggml import GgmlLinear
from engine.modules.quantized import QuantizedLinear
from engine.modules.quantized_embedding import PackedEmbedding
from engine.modules.sparse_embedding import scaled
from engine.modules.tied import HeadTable
from engine.numerics.quantization.refining import (
    grid_product,
    grid_rows,
    grid_weight,
    is_nearest,
    start_position,
    steps_beside,
)
from engine.numerics.straight_through import straight_through


class RefinedWeight(nn.Module):
    """A weight Ŵ on the grid of a quantized module.

    Each stored number (scale, minimum, super-scale, sub-scale) is v + r · unit, rounded on the way as it will be
    stored; the r learn. ``position``: where each weight lies beside its code, in steps of the grid; None: codes stay.

    original: the weight (out, in) that was quantized, without which codes stay. learns_scales, learns_codes: False: the
    numbers, the codes stay.
    ``is_nearest``: True if the codes are those nearest to the original's weights, False where a solver chose them.
    ``starts_centered``: True if all weights start in the middle of their level: see `start_position`.
    """

    position: nn.Parameter | None

    def __init__(
        self,
        layer: QuantizedModule,
        *,
        learns_scales: bool,
        learns_codes: bool = True,
        original: torch.Tensor | None = None,
        position_dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self._layer = (layer,)  # in a tuple: not among the modules of this one
        self._form = (form_of(layer),)
        self.growths = nn.ParameterDict()
        if learns_scales:
            for name, unit in self.form.units.items():
                if bool(unit.any()):
                    self.growths[name] = nn.Parameter(torch.zeros_like(unit))
        self.register_parameter("position", None)
        self._is_given_back = False
        self.is_nearest = self.starts_centered = False
        if original is not None and self.form.levels.moves:
            steps = steps_beside(original, self.form.levels, *self.form.group_parameters(self.form.numbers))
            self.is_nearest = is_nearest(steps, self.form.levels)
            if learns_codes:
                self.position = nn.Parameter(start_position(steps, self.is_nearest).to(position_dtype))
                self.starts_centered = not self.is_nearest

    @property
    def form(self) -> Form:
        """The layer taken apart."""
        return self._form[0]

    @property
    def layer(self) -> QuantizedModule:
        """The module whose place this takes."""
        return self._layer[0]

    @property
    def learns(self) -> bool:
        """True if anything of it is trained."""
        return self.position is not None or len(self.growths) > 0

    def numbers(self) -> dict[str, torch.Tensor]:
        """The stored numbers as they are now; gradients pass to what learns."""
        form, numbers = self.form, dict(self.form.numbers)
        for name, growth in self.growths.items():
            values = numbers[name] + growth * form.units[name]
            numbers[name] = straight_through(values, form.stored(name, values.detach()))
        return numbers

    def product(self, x: torch.Tensor) -> torch.Tensor:
        """x · Ŵᵀ, (…, in) -> (…, out); gradients pass to what learns."""
        scales, shifts = self.form.group_parameters(self.numbers())
        return grid_product(x, self.form.levels, scales, shifts, self.position)

    @torch.no_grad()
    def matrix(self) -> torch.Tensor:
        """The weight as it is now, float32 (out, in)."""
        scales, shifts = self.form.group_parameters(self.numbers())
        return grid_weight(self.form.levels, scales, shifts, self.position)

    def dense_weight(self) -> torch.Tensor:
        """The same, in the storage order of the layer."""
        return self.matrix()

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """Nothing is held: the weight changes."""

    def connect(self, root: nn.Module) -> None:
        """It reads no other module."""

    def take_codes(self, layer: QuantizedModule) -> None:
        """Go on with the codes of a layer that has the same stored numbers: one with other codes, or the one that
        came."""
        self._form = (form_of(layer),)

    @torch.no_grad()
    def center(self) -> None:
        """Let all weights start in the middle of their level: their codes were solved."""
        if self.position is not None:
            self.position.zero_()
            self.starts_centered = True

    @torch.no_grad()
    def forget(self) -> None:
        """Undo what was learned: the stored numbers that came, and the codes that it began with."""
        for parameter in self.parameters():
            parameter.zero_()

    def moved_codes(self) -> float:
        """Share of the codes that are others than those that came."""
        if self._is_given_back:
            return 0.0
        levels = self.form.levels
        ranks = levels.ranks if self.position is None else levels.moved(self.position)
        came = levels.ranks if self.form.layer is self.layer else form_of(self.layer).levels.ranks
        return 0.0 if ranks is came else float((ranks != came).float().mean())

    @torch.no_grad()
    def limit(self) -> None:
        """Bring positions back to one level on either side of the code that came."""
        if self.position is not None:
            self.position.clamp_(-1, 1)

    def give_back(self) -> None:
        """Let `compressed` be the layer that came, whatever was learned."""
        self._is_given_back = True

    @torch.no_grad()
    def compressed(self) -> QuantizedModule:
        """The layer with the numbers and codes of now; what did not learn is as it came, to the bit."""
        if self._is_given_back:
            return self.layer
        ranks = None if self.position is None else self.form.levels.moved(self.position)
        self.form.store({name: value.detach() for name, value in self.numbers().items()}, ranks)
        return self.form.layer


class RefinedLinear(RefinedWeight):
    """y = x Ŵᵀ + bias."""

    @property
    def layer(self) -> QuantizedLinear | GgmlLinear:
        """See the base."""
        layer = super().layer
        assert isinstance(layer, QuantizedLinear | GgmlLinear)
        return layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        layer = self.layer
        if layer.activations is not None:
            x = layer.activations.rounded(x)
        y = self.product(x)
        return y if layer.bias is None else y + layer.bias.to(y)

    def dense_weight(self) -> torch.Tensor:
        """See the base."""
        return self.matrix().t() if self.layer.transposed else self.matrix()


class RefinedEmbedding(RefinedWeight, HeadTable):
    """A token embedding Ŵ (tokens, features), and the head that is tied to it: both pass gradients to the same stored
    numbers."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(…) token ids -> (…, features), float32."""
        layer = self.layer
        assert isinstance(layer, PackedEmbedding)
        scales, shifts = self.form.group_parameters(self.numbers())
        rows = grid_rows(tokens.reshape(-1), self.form.levels, scales, shifts, self.position)
        return scaled(rows.view(*tokens.shape, layer.in_features), layer.factor)

    def weight_for(self, x: torch.Tensor) -> torch.Tensor:
        """See the base; without a gradient."""
        return self.matrix().to(x)

    def head_product(self, x: torch.Tensor) -> torch.Tensor:
        """See the base; the weight is not held for the backward pass."""
        return self.product(x)


def refined_layers(network: nn.Module) -> Mapping[str, RefinedWeight]:
    """The modules of a network that are refined, by name."""
    return {name: module for name, module in network.named_modules() if isinstance(module, RefinedWeight)}
