"""Objectives of the projections, and then of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import torch
from torch import nn

from engine.measure.evaluate import MASK_EVERY
from engine.modules.linformer import LinformerAttention
from engine.numerics.divergences import Divergence, token_divergences
from engine.numerics.losses import token_losses
from engine.training.objective import Batch, Objective, WatchedWeight, next_tokens, target_indices

MASKED = 0.15
"""Share of the tokens that are masked, as encoders are trained."""


@contextmanager
def as_before(projections: Sequence[LinformerAttention]) -> Iterator[None]:
    """While the block runs, the attentions are what they were."""
    for module in projections:
        module.active = False
    try:
        yield
    finally:
        for module in projections:
            module.active = True


def outputs_of(module: nn.Module, batch: Batch) -> torch.Tensor:
    """Logits, or the last hidden states of a network without a head."""
    inputs: dict[str, Any] = {key: batch[key] for key in ("input_ids", "attention_mask") if key in batch}
    output = module(**inputs, use_cache=False)
    tensor: torch.Tensor = output.logits if "logits" in output else output.last_hidden_state
    return tensor


def watched(network: nn.Module) -> dict[str, WatchedWeight]:
    """The projections E and F of each attention, (heads · slots, length), to be seen while they are trained."""

    def of(parameter: nn.Parameter) -> WatchedWeight:
        flat = parameter.detach().flatten(0, -2)
        shape = (flat.shape[0], flat.shape[1])
        return WatchedWeight(shape, (parameter,), lambda rows: parameter.detach().flatten(0, -2)[rows.to(flat.device)])

    return {
        f"{name}.{leaf}": of(parameter)
        for name, module in network.named_modules()
        if isinstance(module, LinformerAttention)
        for leaf, parameter in module.named_parameters()
        if leaf in ("e", "f")
    }


class LayerOutputs(Objective):
    """Every layer, given what it read in the original, should add to it what it added there: the mean over layers of
    ‖ŷ − y‖² / ‖y − x‖². Only the projections are trained."""

    def __init__(
        self, module: nn.Module, layers: Sequence[nn.Module], projections: Sequence[LinformerAttention]
    ) -> None:
        super().__init__()
        self.model = module
        self._layers, self._projections = tuple(layers), tuple(projections)

    @property
    def watched_weights(self) -> Mapping[str, WatchedWeight]:
        """See `watched`."""
        return watched(self.model)

    def train(self, mode: bool = True) -> Self:
        """Without the network's dropout: what a layer should give would be another each time."""
        super().train(mode)
        self.model.eval()
        return self

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss``."""
        calls: list[tuple[tuple[Any, ...], dict[str, Any], torch.Tensor]] = []

        def keep(_: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any], output: Any) -> None:
            calls.append((arguments, keywords, _hidden(output)))

        hooks = [layer.register_forward_hook(keep, with_kwargs=True) for layer in self._layers]
        try:
            with torch.no_grad(), as_before(self._projections):
                outputs_of(self.model, batch)
        finally:
            for hook in hooks:
                hook.remove()
        losses = []
        for layer, (arguments, keywords, target) in zip(self._layers, calls, strict=True):
            off = _real(_hidden(layer(*arguments, **keywords)) - target, batch).float().square().mean()
            added = _real(target - arguments[0], batch).float().square().mean()
            losses.append(off / added.clamp_min(1e-12))
        return {"loss": torch.stack(losses).mean()}


class Recovery(Objective):
    """The model with its new attention says what the original says, or what the text says.

    teacher: the original network, or None for the text. mask: the id of the mask token of an encoder that learns from
    the text.
    """

    def __init__(self, module: nn.Module, *, teacher: nn.Module | None, mask: int | None) -> None:
        super().__init__()
        self.model = module
        self._teacher = (teacher,)  # in a tuple: it is not part of what is trained
        self._mask = mask

    @property
    def watched(self) -> nn.Module | None:
        """The network: its layers learn beside the projections."""
        return self.model

    @property
    def watched_weights(self) -> Mapping[str, WatchedWeight]:
        """See `watched`."""
        return watched(self.model)

    def train(self, mode: bool = True) -> Self:
        """The network's dropout is for learning from a text; beside a teacher it would only be noise."""
        super().train(mode)
        if self._teacher[0] is not None:
            self.model.eval()
        return self

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """``loss``."""
        teacher = self._teacher[0]
        if teacher is not None:
            return {"loss": self._distance(teacher, batch)}
        if self._mask is not None:
            chosen = self._chosen(batch["input_ids"])
            masked = {**batch, "input_ids": batch["input_ids"].masked_fill(chosen, self._mask)}
            logits, targets = outputs_of(self.model, masked)[chosen], batch["input_ids"][chosen]
            return {"loss": token_losses(logits, targets).mean()}
        rows = target_indices(batch)
        logits = outputs_of(self.model, batch).flatten(0, 1)[rows]
        return {"loss": token_losses(logits, next_tokens(batch)[rows]).mean()}

    def _distance(self, teacher: nn.Module, batch: Batch) -> torch.Tensor:
        """Kullback-Leibler divergence of logits, or the relative square error of hidden states."""
        ours = _real(outputs_of(self.model, batch), batch)
        with torch.no_grad():
            theirs = _real(outputs_of(teacher, batch), batch)
        if getattr(teacher, "get_output_embeddings", lambda: None)() is not None:
            return token_divergences(theirs, ours, Divergence("forward_kl")).mean()
        return (ours - theirs).float().square().mean() / (theirs - theirs.mean(0)).float().square().mean()

    def _chosen(self, ids: torch.Tensor) -> torch.Tensor:
        """Masked tokens as bool: drawn while training, every seventh for an evaluation."""
        if self.training:
            chosen = torch.rand(ids.shape, generator=self.random.on(ids.device), device=ids.device) < MASKED
            chosen[:, 0] |= ~chosen.any(1)
            return chosen
        return (torch.arange(ids.shape[1], device=ids.device) % MASK_EVERY == MASK_EVERY // 2).expand(ids.shape)


def _real(x: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The tokens of (samples, tokens, features) that are not padding: (n, features)."""
    return x[batch["attention_mask"].bool()] if "attention_mask" in batch else x.flatten(0, 1)


def _hidden(output: Any) -> torch.Tensor:
    tensor: torch.Tensor = output[0] if isinstance(output, tuple) else output
    return tensor
