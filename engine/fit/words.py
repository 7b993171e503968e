"""Words of a plan: names of units, nats, steps, reasons and predictions as the window, the terminal and reports write
them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.base.human import bytes_text, grouped_text
from engine.base.ranges import runs_of
from engine.contracts.budget import BudgetProblem, Measurement, Plan, Prediction, Row, Step, Unit
from engine.fit.factored import option_title

REASONS = {
    "locked": "locked",
    "only": "no other option",
    "smallest": "nothing smaller",
    "best": "nothing better",
    "budget": "budget",
    "speed": "speed",
}
"""`Row.reason` in one or two words, for tables."""
MINUS = "\N{MINUS SIGN}"
LAYER_RANGES = 3
"""A longer list of layers is counted."""


def unit_title(unit: Unit) -> str:
    """ "v of layer 3", "embedding"."""
    return unit.role if unit.layer is None else f"{unit.role} of layer {unit.layer}"


def units_title(units: Iterable[Unit]) -> str:
    """Units of one role: "v of layers 0–3 and 7"."""
    chosen = list(units)
    layers = sorted(unit.layer for unit in chosen if unit.layer is not None)
    if len(chosen) < 2 or len(layers) < len(chosen):
        return " and ".join(unit_title(unit) for unit in chosen)
    return f"{chosen[0].role} of {layers_text(layers)}"


def layers_text(layers: Sequence[int]) -> str:
    """Sorted numbers of decoder layers: "layer 3", "layers 0–3 and 7", "9 layers from 2 to 25"."""
    if len(layers) == 1:
        return f"layer {layers[0]}"
    runs = runs_of(layers)
    if len(runs) > LAYER_RANGES:
        return f"{len(layers)} layers from {layers[0]} to {layers[-1]}"
    ranges = [str(first) if first == last else f"{first}–{last}" for first, last in runs]
    return "layers " + (" and ".join([", ".join(ranges[:-1]), ranges[-1]]) if len(ranges) > 1 else ranges[0])


def loss_text(loss: float) -> str:
    """Nats in plain decimals, two significant digits: ``0.01234`` -> ``"0.012"``, ``0.00002`` -> ``"0.00002"``."""
    size = abs(loss)
    if size < 5e-7:
        return "0"
    decimals = max(0, 1 - math.floor(math.log10(size)))
    text = f"{size:.{min(decimals, 6)}f}"
    return f"{MINUS}{text}" if loss < 0 else text


def signed_loss(loss: float) -> str:
    """A change of nats: "+0.012", "−0.012"."""
    text = loss_text(loss)
    return text if text == "0" or loss < 0 else f"+{text}"


def signed_bytes(count: int) -> str:
    """A change of bytes: "+0.40 MB", "−0.40 MB"; kilobytes where that would be nothing."""
    return f"{'+' if count > 0 else MINUS if count < 0 else ''}{bytes_text(abs(count))}"


def changes_text(nbytes: int, loss: float, milliseconds: float | None) -> str:
    """Differences of a model: "+0.21 MB, −0.012 nats", with ", +0.02 ms a token" where a speed was measured."""
    longer = "" if milliseconds is None else f", {signed_loss(milliseconds)} ms a token"
    return f"{signed_bytes(nbytes)}, {signed_loss(loss)} nats{longer}"


def nats_per_megabyte(step: Step) -> float:
    """Nats that a million bytes of this step save, or cost on the way down; infinite for a step without bytes."""
    return abs(step.loss) / abs(step.bytes) * 1e6 if step.bytes else math.inf


def step_text(step: Step) -> str:
    """ "Q5_K: +0.21 MB, −0.012 nats", and the time where it was measured."""
    return f"{option_title(step.option)}: {changes_text(step.bytes, step.loss, step.milliseconds)}"


def bits_per_weight(count: int, parameters: int) -> float:
    """Bits of a weight where so many parameters take so many bytes."""
    return 8 * count / parameters if parameters else 0.0


def reason_text(row: Row) -> str:
    """A sentence that says why a unit is what it is."""
    if row.reason == "locked":
        return "You locked it."
    if row.reason == "only":
        return "It has no other option."
    if row.reason == "best":
        return "No option of it loses less."
    if row.reason == "smallest":
        return "It has no smaller option, and the bytes of a larger one save more elsewhere."
    assert row.up is not None  # "budget" and "speed" stand before a step
    if row.reason == "speed":
        saved, longer = loss_text(row.up.loss).lstrip(MINUS), signed_loss(row.up.milliseconds or 0.0)
        text = f"{option_title(row.up.option)} would save {saved} nats for {longer} ms a token"
        return f"{text}: too slow for the speed that is required."
    rate = loss_text(nats_per_megabyte(row.up))
    return f"{option_title(row.up.option)} would save {rate} nats a megabyte: the budget saves more elsewhere."


def tokens_per_second(speed: float) -> str:
    """ "41.2 tokens/s"."""
    return f"{speed_digits(speed)} tokens/s"


def speed_digits(speed: float) -> str:
    """Three significant digits, in plain decimals: "41.2", "1530"."""
    return f"{speed:.{max(0, 2 - math.floor(math.log10(speed)))}f}"


def speed_text(problem: BudgetProblem, plan: Plan) -> str:
    """ "Speed: 41.2 tokens/s predicted, at least 40 required, in llama.cpp (xllamacpp 1.2) with 2 threads"; "" where
    none was measured."""
    speed = problem.speed_of(plan.choices)
    if problem.decoding is None or not speed:
        return ""
    least = f", at least {plan.speed:g} required," if plan.speed else ""
    threads = f"{problem.decoding.threads} thread{'' if problem.decoding.threads == 1 else 's'}"
    return f"Speed: {tokens_per_second(speed)} predicted{least} in {problem.decoding.program} with {threads}"


def memory_text(problem: BudgetProblem, plan: Plan, context: int) -> str:
    """ "Memory: 249 MB, of which 189 MB are keys and values of 8,192 tokens"; "" without a context."""
    if not context or problem.cache is None:
        return ""
    cache = problem.cache.bytes_at(context)
    share = f"{bytes_text(cache)} are keys and values of {grouped_text(context)} tokens"
    return f"Memory: {bytes_text(plan.bytes + cache)}, of which {share}"


def removed_text(problem: BudgetProblem) -> str:
    """ "layer 21", "layers 21 and 24", "4 experts of each layer", "3 heads and 256 channels of each layer", "layer 21,
    and 256 channels of each other layer"; "" where all are in the file."""
    gone = sorted(problem.removed_layers)
    experts = max(map(len, problem.removed_experts.values()), default=0)
    widths = problem.removed_widths
    parts = [(experts, "expert"), (widths.heads_gone, "head"), (widths.channels_gone, "channel")]
    inside = " and ".join(f"{count} {word if count == 1 else f'{word}s'}" for count, word in parts if count)
    words = [layers_text(gone)] if gone else []
    words += [f"{inside} of each {'other ' if gone else ''}layer"] if inside else []
    return ", and ".join(words)


def prediction_text(prediction: Prediction) -> str:
    """ "0.17 nats (0.12 to 0.23)"."""
    low, high = loss_text(prediction.low), loss_text(prediction.high)
    return f"{loss_text(prediction.kl)} nats ({low} to {high})"


def guard_text(guard: Mapping[str, Any]) -> str:
    """Measurements on held-out text in a sentence; "" while there are none. ``guard``: as in the details of a block:
    "kl", "uniform" and "uniform_kl" of the best uniform model within the budget, "interval" of their difference, half
    of that of 95 %, and "kept", "plan" or "uniform";
    "removed": what the model is without, as of `name_of`; "others": "removed" and "kl" of other models."""
    kl, label, other = guard.get("kl"), guard.get("uniform"), guard.get("uniform_kl")
    if not isinstance(kl, int | float):
        return ""
    measured = f"On held-out text the plan loses {loss_text(kl)} nats"
    if not isinstance(other, int | float):
        text = f"{measured}; no uniform model within the budget was there to compare with."
    else:
        beaten = f"{measured}, the best uniform model within the budget ({label}) {loss_text(other)}"
        if isinstance(interval := guard.get("interval"), int | float):
            beaten += f" (a difference of {loss_text(abs(kl - other))} ± {loss_text(interval)})"
        text = f"{beaten}: the uniform one is given." if guard.get("kept") == "uniform" else f"{beaten}."
    chosen, others = _others(guard)
    return " ".join([text, *(f"{_subject(chosen, kind)} it would lose {loss_text(loss)}." for kind, loss in others)])


def name_of(changes: Iterable[str]) -> str:
    """One word for the changes of a model beside its formats, such as "layers+widths": "layers", "experts" and "widths"
    where some go, "ranks" where layers are factorized; "" for none."""
    return "+".join(changes)


def _others(guard: Mapping[str, Any]) -> tuple[str, list[tuple[str, float]]]:
    """Changes of the result as of `name_of`, and (changes, KL divergence) of each other model. Runs of earlier versions
    have "other_depth_kl" of the one other model."""
    depth = guard.get("other_depth_kl")
    if isinstance(depth, int | float):
        removed = "layers" if guard.get("removed_layers") else ""
        return removed, [("" if removed else "layers", float(depth))]
    others = guard.get("others")
    rows = [one for one in others if isinstance(one, Mapping)] if isinstance(others, list | tuple) else []
    numbers = [(str(one.get("removed", "")), one.get("kl")) for one in rows]
    return str(guard.get("removed", "")), [(name, float(kl)) for name, kl in numbers if isinstance(kl, int | float)]


_GOING = {"layers": "layers", "experts": "experts", "widths": "heads and channels"}
"""Parts of a model that can go."""
_LESS = {"layers": "without some layers", "experts": "with fewer experts", "widths": "with fewer heads and channels"}
"""Words for a model that lacks some."""


def _subject(chosen: str, other: str) -> str:
    """The start of a sentence about another model than the result, by the names of the changes of both."""
    mine, theirs = ({change for change in name.split("+") if change} for name in (chosen, other))
    gone = ", ".join(words for change, words in _GOING.items() if change in (theirs or mine))
    if not theirs:
        words = [f"with all {gone}" if gone else "", "without factors" if "ranks" in mine else ""]
    elif mine - theirs == {"ranks"} and theirs < mine:
        words = ["without factors"]
    elif theirs < mine:
        factors = " and some factorized" if "ranks" in theirs else ""
        words = [f"if only {gone} were removed{factors}," if gone else "if layers were only factorized,"]
    else:
        words = [words for change, words in _LESS.items() if change in theirs]
        words += ["with some layers factorized"] if "ranks" in theirs else []
        words[-1:] = [f"{last} instead" if mine and not mine < theirs else last for last in words[-1:]]
    text = " and ".join(filter(None, words)) or "with all layers"
    return text[0].upper() + text[1:]


def measurement_text(measurement: Measurement) -> str:
    """ "uniform Q4_K: 0.26 nats measured at 82.1 MB"."""
    return f"{measurement.label}: {loss_text(measurement.measured)} nats measured at {bytes_text(measurement.bytes)}"
