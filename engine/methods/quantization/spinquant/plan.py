"""Rotations that a model can take, obstacles, and the modules of the result: all from shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.contracts.problem import Problem
from engine.methods.quantization.common import rounding
from engine.methods.quantization.common.weights import MICROSCALED
from engine.methods.quantization.spinquant.settings import SpinQuantSettings
from engine.methods.shared.layers import chosen, layers_only
from engine.modules import CompressedModule
from engine.modules.attention import NAME, OnlineAttention
from engine.modules.packed import packed_linear
from engine.modules.plain import PlainLinear
from engine.modules.quantized import Activations
from engine.modules.rotated import RotatedLinear
from engine.numerics.hadamard import Hadamard, hadamard
from engine.numerics.quantization.formats import FORMATS
from engine.numerics.quantization.scheme import Quantized, Scheme

OFF = 16
"""Bits that mean: not rounded."""
SITES = ("qkv", "o", "mlp", "down")
"""Places where linears read, in order of execution; each rounds its input in its own way."""
_SITE_OF = {"q": "qkv", "k": "qkv", "v": "qkv", "qkv": "qkv", "o": "o", "down": "down", "fc2": "down"}
_SITE_OF |= dict.fromkeys(("gate", "up", "gate_up", "fc1"), "mlp")


def site_of(linear: Linear) -> str:
    """The member of `SITES` that a linear reads."""
    return _SITE_OF[linear.role]


@dataclass(frozen=True)
class RotationPlan:
    """The rotations that a model gets, and problems of those that the settings name and it does not get."""

    r1: bool
    r2: bool
    r3: bool
    r4: bool
    problems: tuple[Problem, ...] = ()

    @property
    def words(self) -> str:
        """Their names, e.g. "R1, R2 and R4"."""
        names = [name.upper() for name in ("r1", "r2", "r3", "r4") if getattr(self, name)]
        return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "none"


def rotation_plan(anatomy: Anatomy, settings: SpinQuantSettings) -> RotationPlan:
    """The rotations of the settings that this model can take."""
    rotating = settings.rotation != "none"
    online = rotating and settings.variant == "had"
    enabled = (rotating and settings.r1, rotating and settings.r2, online and settings.r3, online and settings.r4)
    why = [_no_r1(anatomy) if enabled[0] else "", _no_r2(anatomy) if enabled[1] else "", "", ""]
    r1, r2, r3, r4 = (want and not reason for want, reason in zip(enabled, why, strict=True))
    plan = RotationPlan(r1, r2, r3, r4)
    problems = [
        Problem("warning", f"R{number} can't be merged into this model: {reason}", advice=f"It gets {plan.words}")
        for number, reason in enumerate(why, 1)
        if reason
    ]
    problems += [
        Problem(
            "warning", f"{rotation}: {description[0].upper()}{description[1:]}", advice="It is weaker than a whole one"
        )
        for rotation, description in hadamards(anatomy, plan, settings)
        if description.startswith("no Hadamard")
    ]
    return replace(plan, problems=tuple(problems))


def block_of(settings: SpinQuantSettings, channels: int) -> int:
    """Channels that a Hadamard transform mixes, of so many: those that share a scale, in a format with small groups
    of its own, whose scales already spare the others from an outlier (Egiazarian et al. 2025, arXiv 2509.23202); 0:
    all."""
    if settings.weight_method == "none" or settings.format not in MICROSCALED or not settings.rotate_by_group:
        return 0
    size = FORMATS[settings.format].group_size
    return size if size < channels else 0


def hadamards(anatomy: Anatomy, plan: RotationPlan, settings: SpinQuantSettings) -> Iterator[tuple[str, str]]:
    """The Hadamard transforms by name, with their descriptions."""
    sizes = {"R1": anatomy.hidden_size, "R2": anatomy.head_dim, "R3": anatomy.head_dim, "R4": anatomy.intermediate_size}
    for name, size in sizes.items():
        block = 0 if name == "R3" else block_of(settings, size)
        if getattr(plan, name.lower()) and not (block and size % block):  # what does not fit is an error
            yield name, hadamard(size, block).description


def _no_r1(anatomy: Anatomy) -> str:
    """Reason why the residual stream can't be rotated; empty if it can."""
    if anatomy.norm == "layer":
        return "its norms are LayerNorms, which subtract a mean that a rotation does not keep"
    if anatomy.norm == "other":
        return "its norms are of an unknown kind"
    if any({"pre_feedforward", "post_feedforward"} & layer.norms.keys() for layer in anatomy.layers):
        return "it has norms behind attention and MLP, whose weights can't be moved past the residual stream"
    if any("input" not in layer.norms for layer in anatomy.layers) or anatomy.final_norm is None:
        return "not all that reads the residual stream stands behind a norm"
    if anatomy.head is None or not anatomy.embeddings:
        return "it has no embedding or no head that could be rotated with it"
    if anatomy.others:
        return f"{anatomy.others[0].name} reads or writes it outside of the layers"
    return ""


def _no_r2(anatomy: Anatomy) -> str:
    """Reason why values can't be rotated; empty if they can."""
    if any(linear.role == "qkv" for linear in anatomy.linears):
        return "queries, keys and values come from one matrix, whose rows are ordered in a way of its own"
    return ""


def problems(anatomy: Anatomy, settings: SpinQuantSettings) -> list[Problem]:
    """All that is wrong with these settings on this model."""
    if anatomy.not_alike:
        return [Problem("error", anatomy.not_alike)]
    plan = rotation_plan(anatomy, settings)
    results = list(plan.problems)
    if settings.weight_method != "none":
        results += rounding.problems(layers_only(anatomy), settings.nearest())
    for name, size in {"R1": anatomy.hidden_size, "R2": anatomy.head_dim, "R4": anatomy.intermediate_size}.items():
        block = block_of(settings, size)
        if block and size % block and getattr(plan, name.lower()):
            message = f"{name} turns {size} channels, which groups of {block} do not divide"
            results.append(Problem("error", message, advice="Turn off 'Rotate within groups', or that rotation"))
    rounded = min(settings.activation_bits, settings.kv_bits) < OFF
    if settings.rotation == "learned" and not rounded and settings.weight_method == "none":
        results.append(
            Problem(
                "error",
                "There is nothing to learn rotations from: weights, activations and cache stay at 16 bits",
                advice="Choose random Hadamard rotations, or fewer bits",
            )
        )
    elif settings.rotation == "learned" and not (plan.r1 or plan.r2):
        results.append(Problem("error", "None of the chosen rotations can be learned", advice="Choose random Hadamard"))
    elif settings.rotation == "learned" and anatomy.kind != "decoder":
        advice = "Choose random Hadamard rotations"
        results.append(
            Problem("error", "Rotations are learned from next tokens, which it does not predict", advice=advice)
        )
    if settings.weight_method == "none" and not rounded and plan.words == "none":
        results.append(Problem("error", "There is nothing to do: no rotation, and everything stays at 16 bits"))
    return results


@dataclass(frozen=True)
class LayerBlueprint:
    """The modules that will hold the weights of a model: packing, online transform, rounding of inputs."""

    anatomy: Anatomy
    settings: SpinQuantSettings
    plan: RotationPlan
    clips: dict[str, list[float]]
    """For each of `SITES`, "keys" and "values": the used share of the range by layer."""

    @property
    def scheme(self) -> Scheme | None:
        """Scheme of the weights; None if they are not quantized."""
        return None if self.settings.weight_method == "none" else rounding.scheme_of(self.settings.nearest())

    @property
    def targets(self) -> dict[str, Linear]:
        """The linears that are not left alone."""
        return chosen(layers_only(self.anatomy), self.settings.ignore)

    def activations(self, linear: Linear) -> Activations | None:
        """Rounding of a linear's input; None if it stays as it is."""
        if self.settings.activation_bits >= OFF or linear.name not in self.targets:
            return None
        site = site_of(linear)
        group = self.anatomy.head_dim if site == "o" and self.settings.per_head_output else 0
        clip = self.clips[site][linear.layer or 0]
        return Activations(self.settings.activation_bits, self.settings.activation_symmetric, clip, group)

    def rotates(self, linear: Linear) -> bool:
        """True if its input is rotated online (R4)."""
        return self.plan.r4 and site_of(linear) == "down"

    def transform(self, linear: Linear) -> Hadamard:
        """The Hadamard transform of its input."""
        return hadamard(linear.in_features, block_of(self.settings, linear.in_features))

    def transform_input(self, linear: Linear, x: torch.Tensor) -> torch.Tensor:
        """Its input as its weight sees it: rotated online and rounded."""
        activations = self.activations(linear)
        x = self.transform(linear).apply(x) if self.rotates(linear) else x
        return x if activations is None else activations.rounded(x)

    def around(
        self, linear: Linear, weight: torch.Tensor | Quantized | None, bias: torch.Tensor | None
    ) -> CompressedModule | None:
        """The module for a linear with this weight (out, in), or with an empty one in the scheme for None; None if the
        linear stays an ordinary one."""
        activations, rotate = self.activations(linear), self.rotates(linear)
        if isinstance(weight, torch.Tensor) and activations is None and not rotate:
            return None
        inner: CompressedModule
        if isinstance(weight, torch.Tensor):
            inner = PlainLinear(weight)
        else:
            assert self.scheme is not None
            quantized = packed_linear(
                self.scheme,
                linear.out_features,
                linear.in_features,
                bias=None if rotate else bias,
                transposed=linear.transposed and not rotate,
                activations=None if rotate else activations,
            )
            if weight is not None:
                quantized.set_quantized(weight)
            if not rotate:
                return quantized
            inner = quantized
        return RotatedLinear(
            inner,
            linear.in_features,
            rotate=rotate,
            block=block_of(self.settings, linear.in_features) if rotate else 0,
            activations=activations,
            bias=bias,
            transposed=linear.transposed,
        )

    def online(self, layer: Layer) -> tuple[str, OnlineAttention] | None:
        """Name and module that rotate and round queries, keys and values of a layer; None if it needs none."""
        bits = self.settings.kv_bits
        if not self.plan.r3 and bits >= OFF:
            return None
        projection = next(linear for linear in layer.linears if linear.role in ("k", "qkv"))
        keys, values = (
            None if bits >= OFF else Activations(bits, False, self.clips[name][layer.index])
            for name in ("keys", "values")
        )
        name = f"{projection.name.rpartition('.')[0]}.{NAME}"
        return name, OnlineAttention(self.anatomy.head_dim, rotate=self.plan.r3, keys=keys, values=values)
