"""Orders of methods that several methods forbid, and why. Torch-free."""

from __future__ import annotations

from engine.methods.base import Rule

MASKS = ("lottery_ticket", "one_shot_pruning")
"""Methods that leave a mask over the weights."""


def needs_dense(advice: str) -> tuple[Rule, ...]:
    """For a method that changes shapes or single weights: only a dense layer has them. ``advice``: what to do first."""
    return (
        Rule(families=("quantization",), why="Quantized layers stay as they are", advice=advice),
        Rule(methods=("svd",), why="Factorized layers stay as they are", advice=advice),
        Rule(methods=("linformer",), why="The projections of its attention fit no other shape", advice=advice),
        no_adapters("They fit no other layer than the one they were learned for"),
    )


def no_adapters(why: str) -> Rule:
    """For a method that can't take adapters along."""
    return Rule(
        methods=("lora", "qlora"),
        having=(("result", "adapter"),),
        why=f"Its adapters are kept apart. {why}",
        advice="Let that block merge its adapters",
    )


def masks_lost(why: str, advice: str) -> Rule:
    """For a method that gives every weight a new value."""
    return Rule(methods=MASKS, why=why, advice=advice, severity="warning")
