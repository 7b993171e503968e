"""Criteria of one-shot pruning, a row for each. Torch-free.

Settings, checks, estimates and the work itself are made from these rows: another criterion is one more row, and its
formula in `engine.numerics.pruning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Criterion:
    """One row.

    name: for the block on the canvas and for sentences. help: what it asks of a weight.
    statistic: of the inputs of a layer; "none" needs no text, "energy" the sum of squares of each input, "gram" their
        Gram matrix, with which the weights that stay also make up for those that go.
    formula: function of `engine.numerics.pruning`: scores (out, in) from the weight and the energy (in,); with a Gram
        matrix it prunes.
    group: which weights compete for a place as published: those of the layer, or those of one output.
    """

    id: str
    title: str
    name: str
    help: str
    statistic: Literal["none", "energy", "gram"]
    formula: str
    group: Literal["layer", "row"]
    paper: str = ""
    keywords: tuple[str, ...] = ()


CRITERIA: dict[str, Criterion] = {
    row.id: row
    for row in (
        Criterion(
            id="sparsegpt",
            title="Second order (SparseGPT)",
            name="SparseGPT",
            help="asks how much of the error the other weights can't make up for, and lets them do it",
            statistic="gram",
            formula="sparsegpt",
            group="layer",
            paper="Frantar & Alistarh 2023, SparseGPT, arXiv 2301.00774",
            keywords=("second order", "hessian"),
        ),
        Criterion(
            id="wanda",
            title="Weight × input (Wanda)",
            name="Wanda",
            help="takes the weight times the norm of its input",
            statistic="energy",
            formula="wanda_scores",
            group="row",
            paper="Sun et al. 2023, Wanda, arXiv 2306.11695",
        ),
        Criterion(
            id="ria",
            title="Relative importance × input (RIA)",
            name="RIA",
            help="takes the share that the weight has of its row and of its column times the root of the norm of its "
            "input, so that no input or output is lost as a whole",
            statistic="energy",
            formula="ria_scores",
            group="layer",
            paper="Zhang et al. 2024, Plug-and-Play (RIA), ICLR 2024",
            keywords=("relative importance", "plug-and-play"),
        ),
        Criterion(
            id="magnitude",
            title="Magnitude",
            name="magnitude",
            help="alone needs no text, and loses far more",
            statistic="none",
            formula="magnitude_scores",
            group="layer",
        ),
    )
}


def sentences() -> str:
    """The help text of all criteria, e.g. "SparseGPT asks …; Wanda takes …; the magnitude alone …"."""
    return "; ".join(f"{'the ' * (row.statistic == 'none')}{row.name} {row.help}" for row in CRITERIA.values())


def names() -> str:
    """E.g. "SparseGPT, Wanda or magnitude"."""
    *first, last = (row.name for row in CRITERIA.values())
    return f"{', '.join(first)} or {last}"


def exceptions() -> str:
    """Criteria that compare the weights of one output, as published."""
    return " and ".join(row.name for row in CRITERIA.values() if row.group == "row")
