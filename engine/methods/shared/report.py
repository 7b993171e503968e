"""Reports that several methods share: maps of masks, and the damping of a Hessian."""

from __future__ import annotations

import torch

from engine.models.stage import Stage

BINS = 64
"""Columns of a picture of many masks."""


def report_damping(stage: Stage, names: str, chosen: float, needed: float | None, fallback: str) -> None:
    """Log the damping that the Hessian of the layers ``names`` needed, where it is not the one that was ``chosen``.

    ``needed``: None if no damping was enough; the layers were then worked on without it, as ``fallback`` says.
    """
    if needed is None:
        text = f"{names}: the Hessian could not be factorized, {fallback}. More calibration text may help"
        stage.log(text, "warning")
    elif needed > chosen:
        stage.log(f"{names}: damping was raised to {needed:g} to factorize the Hessian")


def binned(rows: torch.Tensor) -> torch.Tensor:
    """Means of as many columns as make at most `BINS`; the last bin may be smaller."""
    if rows.shape[1] <= BINS:
        return rows
    width = -(-rows.shape[1] // BINS)
    return torch.stack([piece.mean(dim=1) for piece in torch.split(rows, width, dim=1)], dim=1)
