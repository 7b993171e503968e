"""Orders of methods that several methods forbid, and why. Torch-free."""

from __future__ import annotations

from engine.methods.base import Rule


def needs_dense(advice: str) -> tuple[Rule, ...]:
    """For a method that changes shapes or single weights: only a dense layer has them. ``advice``: what to do first."""
    return (
        Rule("quantized", why="Quantized layers stay as they are", advice=advice),
        Rule("low_rank", why="Factorized layers stay as they are", advice=advice),
        Rule("own_attention", why="The projections of its attention fit no other shape", advice=advice),
        no_adapters("They fit no other layer than the one they were learned for"),
        Rule("online", why="Layers that transform what they read stay as they are", advice=advice),
    )


def quantized_already(
    why: str = "they would be rounded a second time", advice: str = "Start from the original weights"
) -> Rule:
    """For a method that quantizes: what it would find is rounded. ``why``: what becomes of the weights."""
    return Rule("quantized", why=f"The weights are quantized already: {why}", advice=advice, severity="warning")


def factors_lost() -> Rule:
    """For a method that gives every layer one weight again."""
    return Rule(
        "low_rank",
        why="The factors are multiplied out again: nothing of what they saved is left",
        advice="Start from the original weights",
        severity="warning",
    )


def no_adapters(why: str) -> Rule:
    """For a method that can't take adapters along."""
    return Rule("adapters", why=f"Its adapters are kept apart. {why}", advice="Let that block merge its adapters")


def masks_lost(why: str, advice: str) -> Rule:
    """For a method that gives every weight a new value."""
    return Rule("mask", why=why, advice=advice, severity="warning")
