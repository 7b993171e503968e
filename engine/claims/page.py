"""The table of claims in Markdown, and its words. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.base.human import duration_text, number_text
from engine.contracts.claims import VERDICTS, ArmMean, Compared, Judged
from engine.contracts.metrics import title_of

OLD = " ¹"
"""Marks claims with rows of earlier code or bundled texts."""
OLD_NOTE = f"{OLD.strip()} Some of its rows were measured with earlier code or bundled texts."
DIGITS = 4


def verdict_text(one: Judged) -> str:
    """The verdict, or how many rows of it are measured, with `OLD`."""
    is_partly = one.verdict == "not measured" and one.measured
    text = f"{one.measured} of {one.needed} rows measured" if is_partly else one.verdict
    return f"{text}{OLD * bool(one.outdated)}"


def missing_text(judged: Judged) -> str:
    """The `missing` of a claim that is not shown or contradicted, "" of others."""
    return judged.claim.missing if judged.verdict in ("not shown", "contradicted") else ""


def comparison_text(result: Compared) -> str:
    """A comparison in a line, such as "NF4 / int4: 0.89 (0.87 to 0.91), at most 1: shown"."""
    one = result.comparison
    sign = {"ratio": " / ", "difference": " − ", "value": ""}[one.by]
    bounds = " and ".join(
        f"{word} {_number(bound)}"
        for word, bound in (("at least", one.at_least), ("at most", one.at_most))
        if math.isfinite(bound)
    )
    spread = "" if result.low == result.high else f" ({_number(result.low)} to {_number(result.high)})"
    return f"{one.first}{sign}{one.second}: {_number(result.mean)}{spread}, {bounds}: {result.verdict}"


def mean_text(mean: ArmMean) -> str:
    """An arm with its mean and interval, such as "NF4 0.0037 ± 0.0001"."""
    return f"{mean.name} {value_text(mean)}"


def value_text(mean: ArmMean) -> str:
    """A mean with the half width of its interval, where something is random."""
    spread = f" ± {number_text(mean.half_width, 2)}" if mean.half_width else ""
    return f"{_number(mean.mean)}{spread}"


def measure_title(name: str) -> str:
    """Title of what is measured: that of a metric, or the words of a method's own number."""
    return title_of(name) if "/" not in name else name.replace("_", " ").replace("/", ", ")


def as_markdown(every: Sequence[Judged]) -> str:
    """All claims as a table, with a sentence that counts the verdicts, and below it what those not shown would take."""
    counts = {verdict: sum(one.verdict == verdict for one in every) for verdict in VERDICTS}
    total = sum(one.seconds for one in every)
    lines = [
        ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
        + f" of {len(every)} claims; {duration_text(total)} of processor time.",
        "",
        "| section | claim | verdict | measured, mean ± half of the 95 % interval | seeds | processor s |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_line(one) for one in every]
    notes = [f"- **{one.claim.id}** ({one.verdict}): {missing_text(one)}" for one in every if missing_text(one)]
    marks = [OLD_NOTE] if any(one.outdated for one in every) else []
    return "\n".join(line for part in (lines, marks, notes) if part for line in ("", *part))[1:]


def _line(one: Judged) -> str:
    means = "; ".join(mean_text(mean) for mean in one.arms)
    measured = f"{measure_title(one.claim.measure)}: {means}" if means else ""
    cells = (
        one.claim.section,
        f"**{one.claim.id}**: {one.claim.sentence}",
        verdict_text(one),
        measured,
        "1, nothing is random" if one.claim.deterministic else str(one.seeds),
        f"{one.seconds:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _number(value: float) -> str:
    sign = "−" if value < 0 else ""
    return "0" if value == 0 else f"{sign}{number_text(abs(value), DIGITS)}"
