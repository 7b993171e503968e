"""Jobs about claims: read what was measured, measure what is missing."""

from __future__ import annotations

from collections.abc import Callable

from engine.claims.plan import claims_of, judged
from engine.claims.rows import bundled, own
from engine.claims.rows import read as read_rows
from engine.claims.runner import Claims
from engine.contracts.claims import MeasuredClaims
from engine.contracts.commands import ReadClaims, RunClaims
from engine.record.home import Home
from engine.run.control import Control


def read(command: ReadClaims, home: Home) -> MeasuredClaims:
    """All claims that suit the model, with their rows: those that ship with the program and the workspace's."""
    rows = read_rows(bundled(), own(home))
    return MeasuredClaims(tuple(judged(claim, command.model, rows) for claim in claims_of([], command.model)))


def run(
    command: RunClaims,
    home: Home,
    device: str | None,
    progress: Callable[[float, str], None],
    control: Control,
) -> MeasuredClaims:
    """Measure the rows that are missing, and write them to the workspace."""
    survey = Claims(
        claims_of(command.claims, command.model),
        command.model,
        home,
        own(home),
        seeds=command.seeds,
        device=device,
        command="window",
        control=control,
        progress=progress,
    )
    every = survey.run()
    failed = (f"{entry.claim.id}, {entry.arm.name}: {error}" for entry, error in survey.failed)
    return MeasuredClaims(tuple(every), tuple(failed))
