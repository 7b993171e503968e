"""Learning rotations: Cayley descent on the loss of the rounded network, an objective of the training loop.

Instead of the weights the activations are rotated, rounded and rotated back, which gives the same numbers and needs no
gradients of weights. The weights stay at 16 bits where GPTQ will make up for their rounding, as published; where they
are rounded to nearest, or activations stay at 16 bits, the rotations see them rounded (see `rounded_weights`).
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from engine.architecture.anatomy import Anatomy, Linear
from engine.calibration.walk import compute_dtype_of
from engine.contracts.rotation import PLACES, Place
from engine.methods.quantization.common import rounding
from engine.methods.quantization.spinquant.plan import OFF, SITES, RotationPlan, block_of, site_of
from engine.methods.quantization.spinquant.rotations import Rotations
from engine.methods.quantization.spinquant.rounded_weights import LayerRotations, rotated_rows, rounded
from engine.methods.quantization.spinquant.settings import SpinQuantSettings
from engine.methods.shared.layers import chosen, layers_only
from engine.models.fusing import fuse_norms, norms_read
from engine.models.layer import LinearLayer, oriented
from engine.models.model import Model
from engine.models.running import interruptible
from engine.models.source import open_model
from engine.models.stage import Stage
from engine.modules.attention import NAME, route
from engine.numerics.divergences import token_divergences
from engine.numerics.hadamard import Hadamard, hadamard
from engine.numerics.losses import token_losses
from engine.numerics.quantization.activations import fake_quantize, soft_quantize
from engine.numerics.quantization.scheme import Scheme
from engine.numerics.rotation import newton_schulz_step, orthogonality_error
from engine.numerics.statistics import row_kurtosis
from engine.numerics.straight_through import straight_through
from engine.training.batches import text_batches
from engine.training.loop import train
from engine.training.model import open_for_training
from engine.training.objective import Batch, Group, Objective, WatchedWeight, next_tokens, target_indices

SMALLEST_CLIP = 0.3
LOOK_TOKENS = 64
"""Tokens whose kurtosis is shown live."""
_WATCHED: dict[str, Place] = {"qkv": "qkv_input", "o": "o_input", "down": "down_input", "keys": "keys"}


def learned(
    model: Model, settings: SpinQuantSettings, plan: RotationPlan, start: Rotations, stage: Stage, share: float
) -> Rotations:
    """The rotations, ranges and scales that the text of the settings teaches, beginning with ``start``.

    A second copy of the model is loaded for that, whole and in float32. ``share``: of the stage's progress.
    """
    copy = open_for_training(open_model(model.path), stage)
    batches = text_batches(copy, settings, stage)
    for layer in copy.anatomy.layers if plan.r1 else ():
        fuse_norms(copy, layer)
    objective = RotationObjective(copy, settings, plan, start.on(stage.device), stage)
    with objective.rounding_hooks(), interruptible(copy.module, stage.checkpoint):
        done = train(objective, batches, with_products(settings, stage), stage, span=(0.0, share))
    stage.detail("learning", {"steps": done.steps, "tokens": done.tokens, "seconds": round(done.seconds, 1)})
    copy.free()
    return objective.result(start)


def with_products(settings: SpinQuantSettings, stage: Stage) -> SpinQuantSettings:
    """Automatic precision: bfloat16, on processors too, where there are units for it and activations are rounded much
    more coarsely than its 8 bits; float32 otherwise. What is learned stays in float32."""
    if settings.mixed_precision != "auto":
        return settings
    coarse = settings.activation_bits < 8 and compute_dtype_of("auto", stage.device) != torch.float32
    return settings.replace(mixed_precision="bfloat16" if coarse else "float32")


class RotationObjective(Objective):
    """R1, R2, ranges and scales, trained on what the rounded network says."""

    def __init__(
        self, model: Model, settings: SpinQuantSettings, plan: RotationPlan, start: Rotations, stage: Stage
    ) -> None:
        super().__init__()
        self.network = model.module
        self.settings, self.plan, self.stage = settings, plan, stage
        self.anatomy: Anatomy = model.anatomy
        self._model = (model,)
        count, width, inner = len(self.anatomy.layers), self.anatomy.hidden_size, self.anatomy.intermediate_size
        self.r1 = None if start.r1 is None else nn.Parameter(start.r1.float())
        r2 = start.r2 if start.r2 is None or not settings.r2_shared else start.r2[:, :1]
        self.r2 = None if r2 is None else nn.Parameter(r2.float().clone())
        names = (*SITES, "keys", "values")
        clips = torch.tensor([start.clips[name] for name in names], device=stage.device)
        self.clips = nn.Parameter(clips, requires_grad=settings.learn_clips)
        scales = settings.learn_scales
        gated = all(any(linear.role == "up" for linear in layer.linears) for layer in self.anatomy.layers)
        norms, ups = torch.zeros(count, 2, width), torch.zeros(count, inner)
        self.norms = nn.Parameter(norms.to(stage.device)) if scales and plan.r1 else None
        self.ups = nn.Parameter(ups.to(stage.device)) if scales and gated else None
        self.rounding = True
        self.cosine: torch.Tensor | None = None
        self.previous: torch.Tensor | None = None
        self.scheme = _weights_seen(settings)
        self._kurtosis = torch.full((count, len(PLACES)), torch.nan, device=stage.device)
        self._look = False

    # -- what the loop asks for ----------------------------------------------------------------------------------------
    def groups(self) -> list[Group]:
        """Rotations by Cayley descent, the others by the optimizer of the settings."""
        turned = [p for p in (self.r1, self.r2) if p is not None]
        others = [p for p in (self.norms, self.ups) if p is not None]
        others += [self.clips] if self.clips.requires_grad else []
        parameter_groups = [Group(turned, optimizer="cayley", clipped=False)]
        return (
            [*parameter_groups, Group(others, rate=self.settings.range_lr, weight_decay=0.0)]
            if others
            else parameter_groups
        )

    @property
    def watched_weights(self) -> Mapping[str, WatchedWeight]:
        """The rotated weights, as they will be rounded."""
        model, learned = self._model[0], [p for p in (self.r1, self.r2) if p is not None]
        linears = chosen(layers_only(self.anatomy), self.settings.ignore).values()

        def rotated(linear: Linear, rows: torch.Tensor) -> torch.Tensor:
            weight = LinearLayer(model, linear).weight
            return rotated_rows(
                weight, linear, self.layer_rotations(linear.layer or 0, linear.in_features), self.anatomy, rows
            )

        return {
            linear.name: WatchedWeight(
                (linear.out_features, linear.in_features), tuple(learned), functools.partial(rotated, linear)
            )
            for linear in linears
        }

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        """ "loss": KL(16-bit model ‖ this) in nats a token, or the cross-entropy of the text."""
        rows = target_indices(batch)
        self._look = self.training
        logits = self._logits(batch)[rows]
        self._look = False
        if self.settings.objective == "cross_entropy":
            return {"loss": token_losses(logits, next_tokens(batch)[rows]).mean()}
        with torch.no_grad():
            self.rounding = False
            try:
                teacher = self._logits(batch)[rows]
            finally:
                self.rounding = True
        return {"loss": token_divergences(teacher, logits).mean()}

    def after_step(self, step: int) -> None:
        """Keep rotations orthogonal and ranges within bounds; compare this step's gradient with the last one's."""
        gradient = next((p.grad for p in (self.r1, self.r2) if p is not None and p.grad is not None), None)
        if gradient is not None:
            if self.previous is not None:
                self.cosine = F.cosine_similarity(gradient.flatten(), self.previous.flatten(), dim=0)
            self.previous = gradient.clone()
        with torch.no_grad():
            for rotation in (self.r1, self.r2):
                if rotation is not None:
                    rotation.copy_(newton_schulz_step(rotation))
            self.clips.clamp_(SMALLEST_CLIP, 1.0)
        if step % 5 == 0 and min(self.settings.activation_bits, self.settings.kv_bits) < OFF:
            layers = [str(layer.index) for layer in self.anatomy.layers]
            self.stage.grid(
                "Kurtosis while learning",
                "now",
                self._kurtosis.tolist(),
                row_title="Layer",
                column_title="Place",
                rows=layers,
                columns=list(PLACES.values()),
                log=True,
            )

    def scalars(self) -> Mapping[str, float]:
        """Kurtosis by place, how gradients agree, how orthogonal the rotations are."""
        means = self._kurtosis.nanmean(0).tolist()
        values = {
            f"kurtosis/{PLACES[watched_place]}": means[list(PLACES).index(watched_place)]
            for watched_place in _WATCHED.values()
        }
        values = {name: value for name, value in values.items() if value == value}
        turned = [p.detach() for p in (self.r1, self.r2) if p is not None]
        values["orthogonality_error"] = max(orthogonality_error(p) for p in turned)
        if self.cosine is not None:
            values["gradient_cosine"] = float(self.cosine)
        if self.settings.learn_clips:
            values["clip_ratio/mean"] = float(self.clips.detach().mean())
        return values

    def train(self, mode: bool = True) -> RotationObjective:
        """The network itself never drops anything out."""
        super().train(mode)
        self.network.train(mode and self.settings.gradient_checkpointing)
        return self

    def result(self, start: Rotations) -> Rotations:
        """The learned rotations and ranges, on the CPU."""
        names = (*SITES, "keys", "values")
        clips = {name: row.tolist() for name, row in zip(names, self.clips.detach().cpu(), strict=True)}
        r1 = None if self.r1 is None else self.r1.detach().cpu().double()
        r2 = None
        if self.r2 is not None and start.r2 is not None:
            r2 = self.r2.detach().cpu().double().expand(start.r2.shape)
        norms, ups = (None if p is None else p.detach().cpu().exp() for p in (self.norms, self.ups))
        return Rotations(r1, r2, clips, norms, ups)

    # -- the rounded network -------------------------------------------------------------------------------------------
    def _logits(self, batch: Batch) -> torch.Tensor:
        """(samples · length, vocabulary)."""
        inputs = {key: batch[key] for key in ("input_ids", "attention_mask") if key in batch}
        logits: torch.Tensor = self.network(**inputs, use_cache=False).logits
        return logits.flatten(0, 1)

    @contextlib.contextmanager
    def rounding_hooks(self) -> Iterator[None]:
        """While the block runs, the network rounds what this objective says, where it says."""
        model = self._model[0]
        hooks: list[Any] = []
        added: list[nn.Module] = []
        seen = chosen(layers_only(self.anatomy), self.settings.ignore) if self.scheme is not None else {}
        for target, linear in seen.items():
            module: Any = model.get(target)
            module.forward = _rounding_weight(self, module, linear, module.forward)
        for layer in self.anatomy.layers:
            norms = norms_read(layer)
            for site, group in (("qkv", "attention"), ("mlp", "mlp")):
                name = norms.get(group)
                if name is not None and (site == "qkv" or name != norms.get("attention")):
                    hooks.append(model.get(name).register_forward_hook(_after(self, layer.index, site)))
            for linear in layer.linears:
                if linear.input_group not in norms:
                    hook = _before(self, layer.index, site_of(linear))
                    hooks.append(model.get(linear.name).register_forward_pre_hook(hook))
            if self.settings.kv_bits < OFF:
                projection: Linear = next(linear for linear in layer.linears if linear.role in ("k", "qkv"))
                attention = model.get(projection.name.rpartition(".")[0])
                attention.add_module(NAME, RotateKv(self, layer.index))
                route(attention)
                added.append(attention)
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
            for attention in added:
                del attention._modules[NAME]
            for target in seen:
                del model.get(target).forward

    def layer_rotations(self, layer: int, inner: int) -> LayerRotations:
        """Rotations and scales of a layer with so many inner values."""
        norms, ups = (None if p is None else p[layer].exp() for p in (self.norms, self.ups))
        return LayerRotations(self.r1, None if self.r2 is None else self.r2[layer], norms, ups, self._r4(inner))

    def rounded(self, x: torch.Tensor, layer: int, site: str) -> torch.Tensor:
        """The input of a site, rotated, rounded and rotated back."""
        if not self.rounding or self.settings.activation_bits >= OFF:
            return x
        if site == "o":
            return self._by_head(x, layer)
        if site == "down":
            scale = None if self.ups is None else self.ups[layer].exp()
            y = x if scale is None else x * scale
            turn = self._r4(x.shape[-1])
            y = y if turn is None else turn.apply(y)
            y = self._round(y, layer, site)
            y = y if turn is None else turn.undo(y)
            return y if scale is None else y / scale
        if self.r1 is None:
            return self._round(x, layer, site)
        scale = None if self.norms is None else self.norms[layer, int(site == "mlp")].exp()
        there, back = (self.r1, self.r1) if scale is None else (self.r1 * scale, self.r1 / scale)
        return self._round(x @ there, layer, site) @ back.T

    def _r4(self, inner: int) -> Hadamard | None:
        return hadamard(inner, block_of(self.settings, inner)) if self.plan.r4 else None

    def _by_head(self, x: torch.Tensor, layer: int) -> torch.Tensor:
        heads, width = self.anatomy.heads, self.anatomy.head_dim
        y = x.view(*x.shape[:-1], heads, width).transpose(-3, -2)  # (…, heads, tokens, width)
        r2 = None if self.r2 is None else self._r2(layer, heads)
        y = y if r2 is None else y @ r2
        flat = y.transpose(-3, -2).flatten(-2)
        flat = self._round(flat, layer, "o", width if self.settings.per_head_output else 0)
        y = flat.view(*flat.shape[:-1], heads, width).transpose(-3, -2)
        return (y if r2 is None else y @ r2.mT).transpose(-3, -2).flatten(-2)

    def _r2(self, layer: int, heads: int) -> torch.Tensor:
        """R2 of each of so many heads, (heads, head_dim, head_dim)."""
        assert self.r2 is not None
        heads_of_layer = self.r2[layer]
        return torch.repeat_interleave(heads_of_layer, heads // len(heads_of_layer), 0)

    def rotate_kv(self, key: torch.Tensor, value: torch.Tensor, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values (batch, heads, tokens, head_dim), rounded as the cache will hold them."""
        if not self.rounding:
            return key, value
        turn = hadamard(self.anatomy.head_dim) if self.plan.r3 else None
        key = key if turn is None else turn.apply(key)
        key = self._round(key, layer, "keys")
        key = key if turn is None else turn.undo(key)
        r2 = None if self.r2 is None else self._r2(layer, value.shape[1])
        value = self._round(value if r2 is None else value @ r2, layer, "values")
        return key, value if r2 is None else value @ r2.mT

    def _round(self, x: torch.Tensor, layer: int, site: str, group: int = 0) -> torch.Tensor:
        names = (*SITES, "keys", "values")
        clip = self.clips[names.index(site), layer]
        states = site in ("keys", "values")
        bits = self.settings.kv_bits if states else self.settings.activation_bits
        symmetric = self.settings.activation_symmetric and not states
        if self._look and site in _WATCHED:
            rows = x.detach().flatten(0, -2)[:LOOK_TOKENS].float()
            self._kurtosis[layer, list(PLACES).index(_WATCHED[site])] = row_kurtosis(rows).mean()
        if self.settings.range_gradient:
            return soft_quantize(x, bits, symmetric, clip, group)
        return straight_through(x, fake_quantize(x.detach(), bits, symmetric, clip.detach(), group))


def _weights_seen(settings: SpinQuantSettings) -> Scheme | None:
    """Scheme of the weights in the network that is trained on; None: they are not rounded."""
    nearest = settings.weight_method == "round_to_nearest"
    alone = settings.weight_method != "none" and settings.activation_bits >= OFF
    scheme = rounding.scheme_of(settings.nearest()) if nearest or alone else None
    is_searched = scheme is not None and scheme.number.kind == "block"  # in every step that would take too long
    return scheme.free() if scheme is not None and is_searched else scheme


def _rounding_weight(
    objective: RotationObjective, module: Any, linear: Linear, forward: Callable[..., torch.Tensor]
) -> Callable[..., torch.Tensor]:
    """The forward pass of a linear with its weight as it will be stored."""

    def rounding_weight(x: torch.Tensor) -> torch.Tensor:
        if not objective.rounding or objective.scheme is None:
            return forward(x)
        weight = oriented(module.weight, linear)
        rotations = objective.layer_rotations(linear.layer or 0, linear.in_features)
        seen = rounded(weight, linear, rotations, objective.anatomy, objective.scheme)
        return F.linear(x, seen.to(weight.dtype), module.bias)

    return rounding_weight


class RotateKv(nn.Module):
    """Stands in an attention while rotations are learned."""

    def __init__(self, objective: RotationObjective, layer: int) -> None:
        super().__init__()
        self._objective = (objective,)  # in a tuple, or it would be registered as a child
        self.layer = layer

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return query, *self._objective[0].rotate_kv(key, value, self.layer)


def _after(objective: RotationObjective, layer: int, site: str) -> Any:
    def hook(_: nn.Module, __: Any, output: torch.Tensor) -> torch.Tensor:
        return objective.rounded(output, layer, site)

    return hook


def _before(objective: RotationObjective, layer: int, site: str) -> Any:
    def hook(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (objective.rounded(arguments[0], layer, site), *arguments[1:])

    return hook
