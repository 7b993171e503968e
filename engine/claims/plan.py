"""Rows that a claim takes: for each arm and seed a pipeline, and the hash of what it measures. Torch-free."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from engine.base.code_version import code_version
from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.checkpoints.checkpoint import read_header
from engine.checkpoints.hub import resolve
from engine.claims.catalog import CLAIMS
from engine.claims.rows import code_of
from engine.claims.verdicts import arm_means, compared, values_of, verdict
from engine.contracts.claims import LEAST_SEEDS, SAMPLE, Arm, Claim, Judged, Row
from engine.data.texts import BUNDLED, is_bundled, load_text, suited
from engine.methods.registry import method
from engine.pipeline.document import Evaluation, Pipeline
from engine.run.signature import digest

WINDOW, WINDOWS = 512, 16
"""Tokens of a window and number of windows that arms are measured on."""
PROBES = "engine.claims.probes"


@dataclass(frozen=True)
class Planned:
    """One row to be measured. ``subject`` and ``code`` as in `engine.contracts.claims.Row`."""

    claim: Claim
    arm: Arm
    seed: int
    subject: str
    code: str

    @property
    def measure(self) -> str:
        """Name of the value that the claim compares."""
        return self.claim.measure_of(self.arm)


def claims_of(ids: Sequence[str], model: str) -> list[Claim]:
    """The claims of these ids, or all that suit the model. Raises `BadInput` for an unknown id, and for a claim that is
    about the bundled model alone."""
    by_id = {claim.id: claim for claim in CLAIMS}
    for name in ids:
        if name not in by_id:
            raise BadInput(f"Unknown claim '{name}'", advice=likely(name, by_id))
        if not suits(by_id[name], model):
            raise BadInput(
                f"The claim '{name}' is measured on the bundled sample only",
                why="its networks and numbers of steps suit a model of that size",
                advice="leave out --model",
            )
    return [by_id[name] for name in dict.fromkeys(ids)] or [claim for claim in CLAIMS if suits(claim, model)]


def suits(claim: Claim, model: str) -> bool:
    """True if a claim can be measured on a model."""
    return claim.models == "any" or model == SAMPLE


def pipeline_of(claim: Claim, arm: Arm, model: str, seed: int) -> Pipeline:
    """The model, the methods of an arm one after the other, measured at its ends."""
    steps: list[tuple[str, dict[str, Any]]] = [("model", {"model": model})]
    steps += [(step.method, dict(step.settings)) for step in arm.steps]
    evaluation = Evaluation(when="ends", window_size=WINDOW, num_windows=WINDOWS, speed=arm.speed)
    return Pipeline.linear(steps, name=arm.name, seed=seed, text=claim.text, evaluation=evaluation)


def planned(
    claims: Iterable[Claim], model: str, seeds: int | None = None, fingerprint: str | None = None
) -> list[Planned]:
    """The rows of claims in the order in which they are measured: seed by seed within a claim. ``seeds``: so many
    instead of those that a claim names, where something is random. ``fingerprint``: the model's; without it, the model
    is opened."""
    fingerprint = fingerprint or read_header(resolve(model)).fingerprint
    return [
        Planned(claim, arm, seed, subject_of(claim, arm, fingerprint, seed), code_of_arm(claim, arm, model))
        for claim in claims
        for seed in range(claim.seeds if claim.deterministic or seeds is None else seeds)
        for arm in claim.arms
    ]


def subject_of(claim: Claim, arm: Arm, fingerprint: str, seed: int) -> str:
    """Hash of what an arm measures: all settings, those at their defaults too."""
    if arm.probe:
        return digest({"probe": arm.probe, "options": dict(arm.options), "seed": seed})
    parsed = [(step.method, method(step.method).settings.parse(dict(step.settings))) for step in arm.steps]
    settings = [[name, values.model_dump(mode="json")] for name, values in parsed]
    evaluation = pipeline_of(claim, arm, SAMPLE, seed).evaluation.model_dump(mode="json")
    more = {} if claim.text == BUNDLED else {"text": claim.text}
    return digest({"steps": settings, "evaluation": evaluation, "model": fingerprint, "seed": seed, **more})


def code_of_arm(claim: Claim, arm: Arm, model: str) -> str:
    """Hash of the sources that compute the row, and of the bundled texts that they read."""
    if arm.probe:
        return code_version(PROBES).sources
    code, text = code_of([step.method for step in arm.steps]), suited(model) if claim.text == BUNDLED else claim.text
    if not is_bundled(text):
        return code
    return digest({"code": code, "texts": bundled_hashes(text)})[: len(code)]


@functools.cache
def bundled_hashes(text: str) -> tuple[str, ...]:
    """SHA-256 of both parts of a bundled text. Like the sources, it is read once in a process."""
    return tuple(load_text(text, part).sha256 for part in ("train", "validation"))


def judged(
    claim: Claim, model: str, rows: Iterable[Row], seeds: int | None = None, fingerprint: str | None = None
) -> Judged:
    """A claim with what its rows say: the newest one of each arm and seed, of the present code where there is one.
    ``seeds``: fewer than the claim names are enough for a verdict then, but never fewer than `LEAST_SEEDS`.
    ``fingerprint``: as in `planned`."""
    newest: dict[str, Row] = {}
    current: dict[tuple[str, str], Row] = {}
    for row in rows:
        newest[row.subject] = current[row.key] = row
    plan = planned([claim], model, max(seeds or 0, claim.seeds), fingerprint)
    chosen = [(entry, current.get((entry.subject, entry.code), newest.get(entry.subject))) for entry in plan]
    pairs = [(entry, row) for entry, row in chosen if row is not None]
    values = values_of(claim, [(entry.arm.name, row) for entry, row in pairs])
    least = claim.seeds if claim.deterministic else max(LEAST_SEEDS, min(claim.seeds, seeds or claim.seeds))
    results = [compared(comparison, values, claim.deterministic, least) for comparison in claim.comparisons]
    return Judged(
        claim=claim,
        model=Path(model).name,
        verdict=verdict(results),
        arms=arm_means(values),
        compared=tuple(one for one in results if one is not None),
        seeds=min((len(by_seed) for by_seed in values.values()), default=0),
        measured=len(pairs),
        needed=len(plan),
        outdated=sum(row.code != entry.code for entry, row in pairs),
        seconds=sum(row.processor_seconds for _, row in pairs),
        expected=expected_seconds(missing(plan, current.values()), newest.values(), model),
    )


def missing(plan: Iterable[Planned], rows: Iterable[Row]) -> list[Planned]:
    """Rows that the present code has not measured, each subject once."""
    measured = {(*row.key, name) for row in rows for name in row.values}
    remaining: dict[str, Planned] = {}
    for entry in plan:
        if (entry.subject, entry.code, entry.measure) not in measured:
            remaining.setdefault(entry.subject, entry)
    return list(remaining.values())


def measures() -> frozenset[str]:
    """Names of the values that any claim compares: of a method's own numbers a row holds these."""
    return frozenset(claim.measure_of(arm) for claim in CLAIMS for arm in claim.arms)


def expected_seconds(remaining: Sequence[Planned], rows: Iterable[Row], model: str) -> float | None:
    """Seconds that rows of a model will take, by those of this model: the same row measured before, another seed of the
    arm, the mean of the other arms of the claim, or else the mean of all. None where there is no row of the model."""
    by_subject: dict[str, float] = {}
    by_arm: dict[tuple[str, str], float] = {}
    for row in rows:
        if row.model == Path(model).name:
            by_subject[row.subject] = by_arm[row.claim, row.arm] = row.seconds
    if not by_subject and remaining:
        return None

    def expected(entry: Planned) -> float:
        name = entry.claim.id
        similar = [
            [by_subject[entry.subject]] if entry.subject in by_subject else [],
            [by_arm[name, entry.arm.name]] if (name, entry.arm.name) in by_arm else [],
            [seconds for (claim, _), seconds in by_arm.items() if claim == name],
            list(by_subject.values()),
        ]
        return fmean(next(filter(None, similar)))

    return sum(map(expected, remaining))
