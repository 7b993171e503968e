"""The original model beside the one that is compressed."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engine.calibration.walk import Walked, computing_in
from engine.contracts.files import whole_file
from engine.contracts.stage import Stage
from engine.models import ranks
from engine.models.anatomy import Layer, Linear


class _Stop(Exception):  # noqa: N818 - leaves a forward pass early
    pass


class Original:
    """The hidden states of the original, layer after layer.

    They are kept in the stage's folder, so that a killed run goes on from the layer that it had come to.

    exact: is called for the copy of each layer, and takes out of it what only the compressed one does.
    """

    def __init__(self, stage: Stage, exact: Callable[[Layer, nn.Module], None] | None = None) -> None:
        self._stage = stage
        self._exact = exact
        self._hidden: list[torch.Tensor] = []

    def enter(self, walked: Walked) -> None:
        """Take the layer as it is now, before it is compressed."""
        index = walked.layer.index
        if not self._hidden and index:
            kept = load_file(self._file(index - 1), device=str(self._stage.device))
            self._hidden = [kept[f"{number:06d}"] for number in range(len(kept))]
        elif not self._hidden:
            self._hidden = list(walked.hidden)
        self._walked = walked
        self._layer: nn.Module = copy.deepcopy(walked.model.get(walked.layer.name))
        if self._exact is not None:
            self._exact(walked.layer, self._layer)

    def inputs(self, linear: Linear) -> Iterator[torch.Tensor]:
        """What reaches a linear of the layer, batch by batch."""
        found: list[torch.Tensor] = []

        def stop(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            found.append(arguments[0].detach())
            raise _Stop

        inside = linear.name.removeprefix(f"{self._walked.layer.name}.")
        for hidden in self._hidden:
            handle = self._layer.get_submodule(inside).register_forward_pre_hook(stop)
            with contextlib.suppress(_Stop):
                self._run(hidden)
            handle.remove()
            yield found.pop()

    def leave(self) -> None:
        """Pass on what the original layer gives."""
        for number, hidden in enumerate(self._hidden):
            self._stage.checkpoint()
            self._hidden[number] = self._run(hidden)
        index = self._walked.layer.index
        with whole_file(self._file(index)) as temporary:
            save_file({f"{n:06d}": hidden.contiguous().cpu() for n, hidden in enumerate(self._hidden)}, temporary)
        self._file(index - 2).unlink(missing_ok=True)

    def _run(self, hidden: torch.Tensor) -> torch.Tensor:
        with torch.no_grad(), computing_in(self._walked.products, self._stage.device):
            return self._walked.call.of(self._layer, hidden).detach()

    def _file(self, index: int) -> Path:
        return self._stage.folder / f"original-{index}-{ranks.rank()}.safetensors"
