"""Gradients of a loss at the outputs of a model's linears: all windows go forward through one layer after the other,
then backward, so that one layer is in memory at a time.

Of an output y = W x the second moment E[g gᵀ] of g = ∂loss/∂y, with labels drawn from the model itself, is one factor
of the Fisher information of W; the Gram matrix E[x xᵀ] of the inputs is the other (Martens and Grosse 2015, "Optimizing
neural networks with Kronecker-factored approximate curvature", arXiv 1503.05671, section 3.1).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch.nn import functional as F

from engine.architecture.two_texts import inputs_of, reads_two
from engine.base.errors import BadInput, RunFailed
from engine.calibration.partial_sums import PartialSums
from engine.calibration.statistics import Energy, Sum
from engine.calibration.walk import computing_in, share
from engine.models import ranks
from engine.models.layerwise import HiddenStates, LayerInputs, TensorStore, enter, passing_by
from engine.models.model import Model, Part
from engine.models.stage import Stage
from engine.numerics.fingerprint import fingerprint

GROUP_BYTES = 1 << 28
"""Hidden states of all layers that are kept at a time; more windows go through the model group by group."""
LEAST_WINDOWS = 8
"""Of a group: each group reads the model's weights twice."""
HEAD_TOKENS = 128
"""Tokens whose logits are in memory at a time."""


class Loss(Protocol):
    """Sum of the losses of some tokens, from their logits (tokens, vocabulary); ``batch`` and ``start`` say which."""

    def __call__(self, logits: torch.Tensor, batch: int, start: int) -> torch.Tensor:
        """A scalar with a gradient."""


OnGradient = Callable[[str, torch.Tensor, torch.Tensor], None]
"""Called with the name of a linear, its inputs (tokens, in) and the gradients at its outputs (tokens, out)."""


def sampled_labels(generator: torch.Generator) -> Loss:
    """Cross-entropy in nats with labels that are drawn from the model's own distribution: gradients then have the
    Fisher information as their second moment. ``generator``: a CPU generator; the draws are the same on every
    device."""

    def loss(logits: torch.Tensor, batch: int, start: int) -> torch.Tensor:
        logits = logits.float()
        cumulated = torch.softmax(logits.detach(), -1).cumsum(-1)
        uniform = torch.rand(len(logits), 1, generator=generator).to(logits.device) * cumulated[:, -1:]
        labels = torch.searchsorted(cumulated, uniform).clamp_(max=logits.shape[-1] - 1)[:, 0]
        return F.cross_entropy(logits, labels, reduction="sum")

    return loss


def backward_walk(
    model: Model,
    stage: Stage,
    tokens: torch.Tensor,
    loss: Loss,
    on_gradient: OnGradient,
    *,
    batch: int = 1,
    dtype: torch.dtype = torch.float32,
    compute_dtype: torch.dtype = torch.float32,
    span: tuple[float, float] = (0.0, 1.0),
    first: int = 0,
    on_group: Callable[[int], None] = lambda windows: None,
) -> None:
    """Give ``on_gradient`` the inputs and output gradients of every linear of the layers, of the head, and, under the
    name of the embedding, token ids (tokens, 1) with the gradients at what enters the first layer.

    Parameters
    ----------
    tokens: int64 (windows, length).
    loss: its sum over all tokens of a window is what gradients are of.
    batch: windows per forward pass.
    dtype: of the dense weights. compute_dtype: of matrix products.
    span: the share of the stage's progress that this makes up.
    first: so many windows were done before. on_group: called with the number of windows that are done by now.

    Raises `BadInput` for a network that can't be run layer by layer, `RunFailed` where a gradient is not finite.
    """
    anatomy = model.anatomy
    if not anatomy.layers or reads_two(model.module) or anatomy.kind != "decoder":
        raise BadInput(
            "Gradients can't be computed layer by layer",
            where=str(model.path),
            why=anatomy.why_unknown or "the model is not a decoder",
            advice="choose a decoder, or a method that needs no gradients",
        )
    group = max(LEAST_WINDOWS, GROUP_BYTES // (4 * len(anatomy.layers) * tokens.shape[1] * anatomy.hidden_size))
    group = -(-group // batch) * batch
    starts = range(first, len(tokens), group)
    for number, start in enumerate(starts):
        low, high = (span[0] + (span[1] - span[0]) * x / len(starts) for x in (number, number + 1))
        walked = _Group(model, stage, tokens[start : start + group], batch, dtype, compute_dtype, (low, high))
        walked.run(functools.partial(_shifted, loss, start // batch), on_gradient)
        on_group(min(len(tokens), start + group))


def _shifted(loss: Loss, batches: int, logits: torch.Tensor, batch: int, start: int) -> torch.Tensor:
    return loss(logits, batches + batch, start)


class _Group:
    """Windows that go through the model together."""

    def __init__(
        self,
        model: Model,
        stage: Stage,
        tokens: torch.Tensor,
        batch: int,
        dtype: torch.dtype,
        compute_dtype: torch.dtype,
        span: tuple[float, float],
    ) -> None:
        self.model, self.stage, self.dtype, self.compute_dtype, self.span = model, stage, dtype, compute_dtype, span
        self.batches = list(torch.split(tokens, batch))
        self.layers = {layer.name: layer for layer in model.anatomy.layers}
        places = [index for index, part in enumerate(model.parts) if part.name in self.layers]
        self.before, self.after = model.parts[: places[0]], model.parts[places[-1] + 1 :]
        self.between = model.parts[places[0] : places[-1] + 1]
        self.steps = 2 * len(self.between) + 1
        self.done = 0

    def run(self, loss: Loss, on_gradient: OnGradient) -> None:
        """Forward, head, backward; nothing of the model is in memory afterward."""
        try:
            for part in self.before:
                self._load(part)
            self.model.module.eval()
            with computing_in(self.compute_dtype, self.stage.device):
                layer_inputs = enter(self.model, self.batches, self.stage.device, self.stage.checkpoint)
            if not layer_inputs.chained:
                raise BadInput(
                    "Gradients can't be computed layer by layer",
                    where=str(self.model.path),
                    why="its layers do not simply follow one another",
                    advice="choose a method that needs no gradients",
                )
            states, last = self._forward(layer_inputs)
            gradients = self._head(layer_inputs, last, loss, on_gradient)
            self._backward(layer_inputs, states, gradients, on_gradient)
        finally:
            self.model.free()

    def _forward(self, layer_inputs: LayerInputs) -> tuple[list[HiddenStates], HiddenStates]:
        """The inputs of each layer, and the outputs of the last one."""
        hidden, states = layer_inputs.hidden, []
        for index, part in enumerate(self.between):
            self._step(f"Forward, layer {index + 1} of {len(self.between)}")
            self._load(part)
            states.append(hidden)
            following = HiddenStates(TensorStore(self.stage.device))
            for number in range(len(self.batches)):
                self.stage.checkpoint()
                with torch.no_grad(), computing_in(self.compute_dtype, self.stage.device):
                    layer = self.model.get(part.name)
                    following.append(layer_inputs.calls[index].of(layer, hidden[number], number).detach())
            hidden = following
            self.model.free(part)
        return states, hidden

    def _head(self, layer_inputs: LayerInputs, last: HiddenStates, loss: Loss, on_gradient: OnGradient) -> HiddenStates:
        """The gradients at the outputs of the last layer, some tokens at a time: what is behind the layers works on
        each token alone."""
        self._step("Drawing labels and their gradients")
        for part in self.after:
            self._load(part)
        head = self.model.anatomy.head
        gradients = HiddenStates(TensorStore(self.stage.device))
        with self._listening([head] if head else [], on_gradient):
            for number, batch in enumerate(self.batches):
                pieces = []
                for start in range(0, batch.shape[1], HEAD_TOKENS):
                    self.stage.checkpoint()
                    ids = batch[:, start : start + HEAD_TOKENS].to(self.stage.device)
                    state = last[number][:, start : start + HEAD_TOKENS].detach().requires_grad_()
                    with (
                        passing_by(self.model, state, layer_inputs.arity),
                        torch.enable_grad(),
                        computing_in(self.compute_dtype, self.stage.device),
                    ):
                        logits = self.model.module(**inputs_of(self.model.module, ids), use_cache=False).logits
                        total = loss(logits.flatten(0, 1), number, start)
                    (gradient,) = torch.autograd.grad(total, state)
                    pieces.append(gradient.detach())
                gradients.append(torch.cat(pieces, 1))
        for part in self.after:
            self.model.free(part)
        return gradients

    def _backward(
        self, layer_inputs: LayerInputs, states: list[HiddenStates], gradients: HiddenStates, on_gradient: OnGradient
    ) -> None:
        """From the last layer to the first: each is run again, with its graph, and left with its gradients."""
        for index in reversed(range(len(self.between))):
            part = self.between[index]
            self._step(f"Backward, layer {index + 1} of {len(self.between)}")
            self._load(part)
            names = [linear.name for linear in self.layers[part.name].linears]
            finite = []
            with self._listening(names, on_gradient):
                for number in range(len(self.batches)):
                    self.stage.checkpoint()
                    state = states[index][number].detach().requires_grad_()
                    with torch.enable_grad(), computing_in(self.compute_dtype, self.stage.device):
                        output = layer_inputs.calls[index].of(self.model.get(part.name), state, number)
                    (gradient,) = torch.autograd.grad(output, state, gradients[number].to(output.dtype))
                    finite.append(torch.isfinite(gradient).all())
                    gradients[number] = gradient.detach()
            if not torch.stack(finite).all():
                raise RunFailed(
                    "The gradient is not finite",
                    where=part.name,
                    why="a weight is damaged, or the numbers are too large for this format",
                    advice="compute in float32, or check the model",
                )
            states.pop()
            self.model.free(part)
        embedding = next(iter(self.model.anatomy.embeddings), None)
        if embedding is not None:
            for number, batch in enumerate(self.batches):
                on_gradient(embedding, batch.reshape(-1, 1), gradients[number].flatten(0, 1))

    @contextlib.contextmanager
    def _listening(self, names: Sequence[str], on_gradient: OnGradient) -> Iterator[None]:
        """While the block runs, gradients that reach the outputs of these modules are given to ``on_gradient``."""

        def listen(name: str) -> Callable[[object, tuple[torch.Tensor, ...], torch.Tensor], None]:
            def forward(_: object, arguments: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
                inputs = arguments[0].detach()

                def backward(gradient: torch.Tensor) -> None:
                    on_gradient(
                        name, inputs.reshape(-1, inputs.shape[-1]), gradient.detach().reshape(-1, gradient.shape[-1])
                    )

                if output.requires_grad:
                    output.register_hook(backward)  # type: ignore[no-untyped-call]

            return forward

        hooks = [self.model.get(name).register_forward_hook(listen(name)) for name in names]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _load(self, part: Part) -> None:
        self.stage.checkpoint()
        self.model.load(part, dtype=self.dtype, device=self.stage.device)

    def _step(self, text: str) -> None:
        low, high = self.span
        self.stage.progress(low + (high - low) * self.done / self.steps, text)
        self.done += 1


@dataclass(frozen=True)
class OutputGradients:
    """Second moments of output gradients. ``statistics``: name of a linear -> its sum over tokens (`Energy`:
    of squares, (out,); `Gram`: of products, (out, out)). ``tokens``: all that went through the model, those that reach
    no expert included. ``files``: those in the stage's folder, of this process alone."""

    statistics: Mapping[str, Sum]
    tokens: int
    files: PartialSums | None = None

    def mean_square(self, name: str) -> torch.Tensor:
        """E[g²] over all tokens, float32 (out,) on the CPU."""
        total = self.statistics[name].total
        return ((total.diagonal() if total.ndim == 2 else total) / max(1, self.tokens)).cpu()


def output_gradients(
    model: Model,
    stage: Stage,
    tokens: torch.Tensor,
    statistic: Callable[[int], Sum] = Energy,
    *,
    names: Callable[[str], bool] = lambda name: True,
    batch: int = 1,
    dtype: torch.dtype = torch.float32,
    compute_dtype: torch.dtype = torch.float32,
    span: tuple[float, float] = (0.0, 1.0),
    file: str = "output_gradients",
) -> OutputGradients:
    """Second moments of the gradients of the loss with labels drawn from the model, in nats, at the outputs of linears.

    Labels are drawn by a seed of model and text, so that what is gathered for one block serves another. Windows are
    shared among the processes of a distributed run, whose sums are added up. After a kill the windows that
    were done are not done again: sums are kept in the stage's folder.

    Parameters
    ----------
    statistic: makes the statistic for a number of output features. names: which linears get one.
    file: name of the file in the stage's folder, without suffix; one for each state of the weights in memory.
    Others and errors as of `backward_walk`.
    """
    mine = share(tokens)
    identity = {
        "model": model.header.fingerprint,
        "tokens": str(fingerprint(mine)),
        "computed": f"{batch} {dtype} {compute_dtype} {type(statistic(1)).__name__}",
    }
    store = PartialSums(stage.folder / f"{file}-{ranks.rank()}.safetensors", identity)
    sums, first = store.load(statistic, stage.device)

    def on_gradient(name: str, inputs: torch.Tensor, gradients: torch.Tensor) -> None:
        if names(name):
            if name not in sums:
                sums[name] = statistic(gradients.shape[-1])
            sums[name].add(gradients)

    def keep(windows: int) -> None:
        store.save(sums, windows)

    labels = _labels_of(f"{_origin(model)} {identity['tokens']}")
    walk_on = functools.partial(backward_walk, model, stage, mine, labels, on_gradient, batch=batch, dtype=dtype)
    walk_on(compute_dtype=compute_dtype, span=span, first=first, on_group=keep)
    for one in sums.values():
        one.reduce()
    return OutputGradients(sums, tokens.numel(), store)


def _origin(model: Model) -> str:
    """The fingerprint of a model as it came. One that was made of another, in memory or by the blocks before, is known
    by its shapes: the same labels are drawn for both."""
    if model.header.format != "artifact" and not model.header.cut:
        return model.header.fingerprint
    return " ".join(f"{x.name} {x.out_features} {x.in_features}" for x in model.anatomy.linears)


def _labels_of(source: str) -> Loss:
    """Labels whose draws depend on ``source``, the model and its text, and on the window alone: those of a resumed run,
    and of another block, are the same."""
    drawing: dict[int, Loss] = {}

    def loss(logits: torch.Tensor, batch: int, start: int) -> torch.Tensor:
        if batch not in drawing:
            drawing.clear()
            digest = hashlib.sha256(f"labels of batch {batch}: {source}".encode()).digest()
            drawing[batch] = sampled_labels(torch.Generator().manual_seed(int.from_bytes(digest[:7])))
        return drawing[batch](logits, batch, start)

    return loss
