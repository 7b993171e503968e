"""How long the phases of a block will take, roughly: only to weigh them against each other."""

from __future__ import annotations

import torch

from engine.pipeline.document import Evaluation
from engine.run.node import Node

FLOPS = {"cpu": 4e10, "cuda": 2e13, "mps": 1e12}
"""Floating point operations per second that a forward pass reaches, by type of device."""
WEIGHTS_PER_SECOND = 1e7
"""For methods that can't tell."""
ASSUMED_WINDOWS = 64
"""Where all windows of a text are used and nobody has counted them yet."""


def expected_seconds(node: Node, evaluation: Evaluation, device: torch.device) -> tuple[float, float]:
    """Seconds of the work and of the measuring of one block."""
    root = node.root
    if root is None or root.structure is None or root.anatomy is None:
        return 1.0, 1.0
    weights = root.structure.parameters
    passes = 2 if evaluation.compare and root is not node else 1
    tokens = evaluation.window * (evaluation.windows or ASSUMED_WINDOWS)
    measuring = passes * 2 * weights * tokens / FLOPS.get(device.type, FLOPS["cpu"])
    if node.info.is_source:
        return 0.0, measuring
    estimate = node.info.load().estimate(root.structure, root.anatomy, node.settings, device)
    return estimate.seconds or weights / WEIGHTS_PER_SECOND, measuring
