"""Walk a model layer by layer: gather statistics of what reaches its linears, let a method work on them, pass on what
the *compressed* layer gives.

One layer is in memory at a time. Within a layer the linears are visited in order of execution, those that read the
same tensor together, each after the ones before it were compressed ("true sequential"). Every linear is computed once
per batch: the outputs of finished submodules are kept while the rest of the layer is worked on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from engine.calibration.statistics import Statistic
from engine.contracts.errors import BadInput, RunFailed
from engine.contracts.stage import Stage
from engine.models.anatomy import Layer, Linear
from engine.models.model import Model, Part

T = TypeVar("T", bound=Statistic)


@dataclass
class Site(Generic[T]):
    """Linears of one layer that read the same tensor, and what was gathered of it."""

    part: Part
    linears: tuple[Linear, ...]
    statistic: T


class _Stop(Exception):  # noqa: N818 - leaves a forward pass early
    pass


@dataclass
class _Call:
    """How a layer is called beside its hidden states: masks, position embeddings."""

    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)


def calibrate(
    model: Model,
    stage: Stage,
    tokens: torch.Tensor,
    *,
    statistic: Callable[[int], T],
    work: Callable[[Site[T]], None],
    dtype: torch.dtype = torch.float32,
    batch: int = 1,
) -> Model:
    """Run the pass.

    Parameters
    ----------
    tokens: int64 (samples, length): the calibration set, all samples of the same length.
    statistic: makes the statistic for a number of input features.
    work: is called for each site with the gathered statistic; it puts compressed modules in place.
    dtype: of the products while calibrating.
    batch: samples per forward pass.

    Raises `BadInput` for a model of unknown anatomy, `RunFailed` naming the layer if its output is not finite.
    """
    if not model.anatomy.layers:
        raise BadInput("The model can't be calibrated layer by layer", why=model.anatomy.why_unknown)
    batches = list(torch.split(tokens, batch))
    by_name = {layer.name: layer for layer in model.anatomy.layers}
    hidden: list[torch.Tensor] = []
    calls: list[_Call] = []
    for part in stage.parts(model, stored=True, dtype=dtype):
        layer = by_name.get(part.name)
        if layer is None:
            if not hidden:
                hidden, calls = _front(model, batches, stage)
            continue
        walker: _Layer[T] = _Layer(model, part, layer, calls[layer.index], hidden, stage)
        if not part.stored:
            walker.compress(statistic, work)
        walker.propagate()
    return model


@dataclass
class _Layer(Generic[T]):
    model: Model
    part: Part
    layer: Layer
    call: _Call
    hidden: list[torch.Tensor]
    stage: Stage
    kept: dict[str, list[Any]] = field(default_factory=dict)
    """Name of a finished submodule -> its output for each batch."""

    def compress(self, statistic: Callable[[int], T], work: Callable[[Site[T]], None]) -> None:
        done: set[str] = set()
        for linears in self.sites():
            site = Site(self.part, linears, statistic(linears[0].inputs))
            self.gather(site, done)
            site.statistic.reduce()
            work(site)
            done |= {linear.name for linear in linears}

    def sites(self) -> list[tuple[Linear, ...]]:
        grouped: dict[str, list[Linear]] = {}
        for linear in self.layer.linears:
            grouped.setdefault(linear.input_group, []).append(linear)
        return [tuple(linears) for linears in grouped.values()]

    def gather(self, site: Site[T], done: set[str]) -> None:
        """Run every batch up to the site; outputs of submodules that are finished by now are kept."""

        def stop(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            site.statistic.add(arguments[0].detach())
            raise _Stop

        first = self.model.get(site.linears[0].name)
        handle = first.register_forward_pre_hook(stop)
        try:
            for index in range(len(self.hidden)):
                self.stage.checkpoint()
                with contextlib.suppress(_Stop):
                    self.run(index, done)
        finally:
            handle.remove()

    def propagate(self) -> None:
        """Put what the layer gives in the place of its inputs."""
        done = {linear.name for linear in self.layer.linears}
        for index in range(len(self.hidden)):
            self.stage.checkpoint()
            output = self.run(index, done, keep=False)
            if not torch.isfinite(output).all():
                raise RunFailed(
                    "The model's output is not finite",
                    where=self.layer.name,
                    why="a weight is damaged, or the numbers are too large for this format",
                    advice="calibrate in float32, or check the model",
                )
            self.hidden[index] = output

    def run(self, index: int, done: set[str], keep: bool = True) -> torch.Tensor:
        with torch.no_grad(), self.recalled(index, done, keep):
            output = self.model.get(self.layer.name)(self.hidden[index], *self.call.arguments, **self.call.keywords)
        hidden: torch.Tensor = output[0] if isinstance(output, tuple) else output
        return hidden.detach()

    def finished(self, done: set[str]) -> list[str]:
        """The largest submodules of the layer whose linears are all done."""
        found: list[str] = []

        def walk(name: str, module: nn.Module) -> None:
            inside = {linear.name for linear in self.layer.linears if (linear.name + ".").startswith(name + ".")}
            if inside and inside <= done and name != self.layer.name:
                found.append(name)
            elif inside:
                for child, below in module.named_children():
                    walk(f"{name}.{child}", below)

        walk(self.layer.name, self.model.get(self.layer.name))
        return found

    @contextlib.contextmanager
    def recalled(self, index: int, done: set[str], keep: bool) -> Iterator[None]:
        """Finished submodules give the output that they gave before for this batch, or give it now and keep it."""
        finished = self.finished(done)
        patched: list[nn.Module] = []
        for name in {*finished, *self.kept}:
            outputs = self.kept.setdefault(name, []) if keep else self.kept.get(name, [])
            if index < len(outputs) or (keep and name in finished):
                module = self.model.get(name)
                module.forward = _recalling(module.forward, outputs, index)
                patched.append(module)
        try:
            yield
        finally:
            for module in patched:
                del module.forward
            if index == len(self.hidden) - 1:
                inner = tuple(f"{name}." for name in finished)
                self.kept = {name: outputs for name, outputs in self.kept.items() if not name.startswith(inner)}


def _recalling(forward: Callable[..., Any], outputs: list[Any], index: int) -> Callable[..., Any]:
    def recall(*arguments: Any, **keywords: Any) -> Any:
        if index >= len(outputs):
            outputs.append(forward(*arguments, **keywords))
        return outputs[index]

    return recall


def _front(model: Model, batches: list[torch.Tensor], stage: Stage) -> tuple[list[torch.Tensor], list[_Call]]:
    """Hidden states that enter the first layer, by batch, and how each layer is called."""
    names = [layer.name for layer in model.anatomy.layers]
    hidden: list[torch.Tensor] = []
    calls: list[_Call] = []

    def recorder(index: int, last: int) -> Callable[..., Any]:
        def record(x: torch.Tensor, *arguments: Any, **keywords: Any) -> torch.Tensor:
            if index == 0:
                hidden.append(x.detach())
            if len(calls) == index:
                calls.append(_Call(arguments, keywords))
            if index >= last:
                raise _Stop
            return x

        return record

    for number, batch in enumerate(batches):
        stage.checkpoint()
        modules = [model.get(name) for name in names]
        for index, module in enumerate(modules):
            module.forward = recorder(index, 0 if number else len(names) - 1)
        try:
            with torch.no_grad(), contextlib.suppress(_Stop):
                model.module(input_ids=batch, use_cache=False)
        finally:
            for module in modules:
                del module.forward
    return hidden, calls
