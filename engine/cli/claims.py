"""The claims of the survey: ``claims list``, ``claims run [ID …]``, ``claims page``."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.base.errors import as_json
from engine.base.human import duration_text
from engine.claims.page import OLD_NOTE, as_markdown, comparison_text, missing_text, verdict_text
from engine.claims.plan import claims_of, judged
from engine.claims.rows import bundled, own, read
from engine.cli.output import PROGRAM, complain, note, say
from engine.cli.running import job, print_json
from engine.record.home import Home

if TYPE_CHECKING:
    from engine.contracts.claims import Judged


def claims(arguments: argparse.Namespace) -> int:
    """Do what the word after "claims" says."""
    chosen = claims_of(arguments.claims, arguments.model)
    file = Path(arguments.out) if arguments.out else own(Home.default())
    if arguments.action == "run":
        return _run(arguments, file)
    rows = read(bundled(), own(Home.default()), *([file] if arguments.out else []))
    every = [judged(claim, arguments.model, rows, arguments.seeds) for claim in chosen]
    if arguments.json:
        print_json(arguments, claims=[dataclasses.asdict(one) for one in every])
    elif arguments.action == "page":
        say(as_markdown(every))
    else:
        say(_table(every))
    return 0


def _run(arguments: argparse.Namespace, file: Path) -> int:
    from engine.claims.runner import Claims

    def show(one: Judged) -> None:
        if not arguments.quiet:
            note(f"{one.claim.id}: {verdict_text(one)}")

    words = [PROGRAM, "claims run", *arguments.claims, *(["--model", Path(arguments.model).name])]
    words += ["--seeds", str(arguments.seeds)] if arguments.seeds else []
    with job(arguments, "Claims") as (progress, control):
        survey = Claims(
            claims_of(arguments.claims, arguments.model),
            arguments.model,
            Home.default(),
            file,
            seeds=arguments.seeds,
            device=arguments.device,
            command=" ".join(words),
            control=control,
            progress=progress,
            measured=show,
        )
        every = survey.run()
    for entry, error in survey.failed:
        complain(f"{entry.claim.id}, {entry.arm.name}, seed {entry.seed}: {error}")
    if arguments.json:
        failed = [
            {"claim": e.claim.id, "arm": e.arm.name, "seed": e.seed, **as_json(error)} for e, error in survey.failed
        ]
        print_json(arguments, claims=[dataclasses.asdict(one) for one in every], failed=failed)
    else:
        say(_table(every))
        note(f"Rows: {file}")
    return 1 if survey.failed else 0


def _table(every: Sequence[Judged]) -> str:
    """Claims with their verdicts, comparisons below them, and the time that is missing."""
    lines = []
    for one in every:
        lines.append(f"{one.claim.id}  [{verdict_text(one)}]  {one.claim.section}")
        lines.append(f"    {one.claim.sentence}")
        lines += [f"    {comparison_text(result)}" for result in one.compared]
        if one.measured < one.needed:
            time = "" if one.expected is None else f", about {duration_text(one.expected)}"
            lines.append(f"    {one.needed - one.measured} of {one.needed} rows are missing{time}")
        if missing_text(one):
            lines.append(f"    What it would take: {missing_text(one)}")
    if any(one.outdated for one in every):
        lines += ["", OLD_NOTE]
    return "\n".join(lines)
