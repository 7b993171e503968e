"""The rotations and scales of one model: made at random, kept in a file once they were learned."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from engine.architecture.anatomy import Anatomy
from engine.checkpoints import checksum
from engine.contracts.rotation import MatrixStatistics
from engine.methods.quantization.spinquant.plan import SITES, RotationPlan, block_of
from engine.methods.quantization.spinquant.settings import SpinQuantSettings
from engine.numerics.rotation import mean_angle, orthogonality_error, polar, random_hadamard, random_orthogonal

STARTS = {"hadamard": "random Hadamard", "learned": "random Hadamard", "orthogonal": "random orthogonal"}


@dataclass
class Rotations:
    """r1 (hidden, hidden), r2 (layers, heads of values, head_dim, head_dim) float64, None where there is none.

    norms (layers, 2, hidden): scales behind the norms before attention and MLP, in rotated coordinates. ups (layers,
    inner): of the MLP's up-projection. Both None without. clips: see `Shape` in plan.py beside this.
    """

    r1: torch.Tensor | None
    r2: torch.Tensor | None
    clips: dict[str, list[float]]
    norms: torch.Tensor | None = None
    ups: torch.Tensor | None = None
    matrices: tuple[MatrixStatistics, ...] = field(default=())

    @classmethod
    def random(
        cls, anatomy: Anatomy, settings: SpinQuantSettings, rotations: RotationPlan, generator: torch.Generator
    ) -> Rotations:
        """As the settings start."""

        def make(n: int, generator: torch.Generator) -> torch.Tensor:
            if settings.rotation == "orthogonal":
                return random_orthogonal(n, generator)
            return random_hadamard(n, generator, block_of(settings, n))

        layers, heads, width = len(anatomy.layers), anatomy.kv_heads, anatomy.head_dim
        r1 = make(anatomy.hidden_size, generator) if rotations.r1 else None
        r2 = None
        if rotations.r2:
            count = 1 if settings.r2_shared else heads
            blocks = [torch.stack([make(width, generator) for _ in range(count)]) for _ in range(layers)]
            r2 = torch.stack([block.expand(heads, width, width) for block in blocks])
        return cls(r1, r2, cls.clips_of(anatomy, settings))

    @staticmethod
    def clips_of(anatomy: Anatomy, settings: SpinQuantSettings) -> dict[str, list[float]]:
        """The ranges that the settings name, the same in all layers."""
        layers = len(anatomy.layers)
        clips = {site: [settings.activation_clip_ratio] * layers for site in SITES}
        return clips | {name: [settings.kv_clip_ratio] * layers for name in ("keys", "values")}

    def save(self, file: Path) -> None:
        """Whole or not at all."""
        tensors = {name: getattr(self, name) for name in ("r1", "r2", "norms", "ups")}
        named = {name: tensor for name, tensor in tensors.items() if tensor is not None}
        checksum.save(named, file, {"clips": json.dumps(self.clips)})

    @classmethod
    def load(cls, file: Path) -> Rotations:
        """The rotations of a file that `save` wrote."""
        tensors, clips = checksum.load(file), json.loads(checksum.metadata(file)["clips"])
        return cls(tensors.get("r1"), tensors.get("r2"), clips, tensors.get("norms"), tensors.get("ups"))

    def on(self, device: torch.device) -> Rotations:
        """The same on another device."""
        r1, r2, norms, ups = (None if x is None else x.to(device) for x in (self.r1, self.r2, self.norms, self.ups))
        return replace(self, r1=r1, r2=r2, norms=norms, ups=ups)

    def exact(self) -> Rotations:
        """The nearest exactly orthogonal ones."""
        r1, r2 = (None if r is None else polar(r) for r in (self.r1, self.r2))
        return replace(self, r1=r1, r2=r2)

    def compared(self, start: Rotations, words: str) -> tuple[MatrixStatistics, ...]:
        """Distance of each matrix from its start."""
        pairs: list[tuple[str, torch.Tensor, torch.Tensor]] = []
        if self.r1 is not None and start.r1 is not None:
            pairs.append(("R1", self.r1, start.r1))
        if self.r2 is not None and start.r2 is not None:
            for layer, (now, then) in enumerate(zip(self.r2, start.r2, strict=True)):
                shared = bool((now == now[0]).all()) and bool((then == then[0]).all())
                for head in range(1 if shared else len(now)):
                    name = f"R2 of layer {layer}" + ("" if shared else f", head {head}")
                    pairs.append((name, now[head], then[head]))
        return tuple(
            MatrixStatistics(
                name=name,
                size=len(now),
                start=words,
                distance=float((now - then).norm() / then.norm()),
                angle=mean_angle(then.T @ now),
                orthogonality=orthogonality_error(now),
            )
            for name, now, then in pairs
        )
