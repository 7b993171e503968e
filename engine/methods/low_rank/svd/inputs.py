"""Inputs of a layer, and of the same layer of the original model."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.calibration.order import together
from engine.calibration.statistics import GramAndMagnitude
from engine.calibration.walk import LayerStep, computing_in
from engine.checkpoints import checksum
from engine.methods.low_rank.svd.settings import SvdSettings
from engine.models import ranks
from engine.models.layerwise import HiddenStates, TensorStore
from engine.models.ranks import all_reduce
from engine.models.stage import Stage
from engine.numerics import svd


class Inputs(GramAndMagnitude):
    """Statistics of the inputs of a layer, and with ``beside`` the cross moment with those of the original's layer.

    beside: the original's inputs, (tokens, features), batch by batch as `add` is called.
    cross: Σ y xᵀ with y the original's input and x this one's; None without ``beside``.
    """

    def __init__(
        self, features: int, device: torch.device | str = "cpu", beside: Iterator[torch.Tensor] | None = None
    ) -> None:
        super().__init__(features, device)
        self.beside = beside
        self.cross = None if beside is None else torch.zeros(features, features, device=device)

    def add(self, x: torch.Tensor) -> None:
        """Take in inputs of shape (…, features)."""
        super().add(x)
        if self.cross is not None and self.beside is not None:
            x = x.reshape(-1, x.shape[-1]).float()
            self.cross.addmm_(next(self.beside).reshape(x.shape).float().T, x)

    def reduce(self) -> None:
        """Add up the sums and counts of all processes."""
        super().reduce()
        if self.cross is not None:
            all_reduce(self.cross)

    def metric(self, settings: SvdSettings) -> torch.Tensor | None:
        """The metric of `engine.numerics.svd.decompose` by the settings."""
        if settings.variant == "plain":
            return None
        if settings.variant == "activation":
            return svd.asvd_scales(self.magnitude.mean, settings.alpha).square()
        return self.gram.matrix()


class _Stop(Exception):  # noqa: N818 - leaves a forward pass early
    pass


class Original:
    """The original model beside the one that is compressed: its hidden states, layer after layer.

    They are kept in the stage's folder, so that a killed run goes on from the layer that it had come to.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._hidden: HiddenStates | None = None

    def enter(self, layer_step: LayerStep) -> None:
        """Take the layer as it is now, before it is compressed."""
        index = layer_step.layer.index
        if self._hidden is None and index:
            stored = checksum.load(self._file(index - 1))
            device = self._stage.device
            states = (stored[f"{number:06d}"].to(device) for number in range(len(stored)))
            self._hidden = HiddenStates(TensorStore(device), states)
        elif self._hidden is None:
            self._hidden = layer_step.hidden.copy()
        self._layer_step = layer_step
        self._layer: nn.Module = copy.deepcopy(layer_step.model.get(layer_step.layer.name))

    def inputs(self, linear: Linear) -> Iterator[torch.Tensor]:
        """Inputs of a linear of the layer, batch by batch."""
        received: list[torch.Tensor] = []

        def listen(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            received.append(arguments[0].detach())
            if linear.name not in self._layer_step.repeated:
                raise _Stop

        inside = linear.name.removeprefix(f"{self._layer_step.layer.name}.")
        assert self._hidden is not None
        for number, hidden in enumerate(self._hidden):
            received.clear()
            handle = self._layer.get_submodule(inside).register_forward_pre_hook(listen)
            with contextlib.suppress(_Stop):
                self._run(number, hidden)
            handle.remove()
            yield together(received)

    def leave(self) -> None:
        """Pass on what the original layer gives."""
        assert self._hidden is not None
        for number, hidden in enumerate(self._hidden):
            self._stage.checkpoint()
            self._hidden[number] = self._run(number, hidden)
        index = self._layer_step.layer.index
        checksum.save({f"{n:06d}": hidden.cpu() for n, hidden in enumerate(self._hidden)}, self._file(index))
        self._file(index - 2).unlink(missing_ok=True)

    def _run(self, number: int, hidden: torch.Tensor) -> torch.Tensor:
        self._layer_step.call.refuse_shared(self._layer_step.layer.name, "An update toward the original's outputs")
        with torch.no_grad(), computing_in(self._layer_step.compute_dtype, self._stage.device):
            return self._layer_step.call.of(self._layer, hidden, number).detach()

    def _file(self, index: int) -> Path:
        return self._stage.folder / f"original-{index}-{ranks.rank()}.safetensors"
