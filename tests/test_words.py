"""The project speaks plain American English, and the words of the field."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path

import pytest

from engine.contracts.settings import Settings, fields
from engine.export.registry import formats
from engine.methods.registry import methods
from engine.pipeline.document import Evaluation

ROOT = Path(__file__).resolve().parents[1]
BRITISH = [
    *("colour", "behaviour", "neighbour", "favour", "honour", "centre", "licence", "catalogue", "artefact", "learnt"),
    *("spelt", "grey", "modelling", "labell", "travell", "analyse", "judgement", "fulfil", "whilst", "recognis"),
    *("minimis", "maximis", "normalis", "initialis", "stabilis", "tokenis", "summaris", "optimis", "serialis"),
    *("quantis", "factoris", "regularis"),
]
ODD = {
    r"(?<!there )\b(?:is|are) no (?:number|model|folder|file|id|part|multiple|setting|option|name|choice|JSON|cut)\b": (
        "is not a …"
    ),
    r"\btold (?:of|against)\b": "reported, relative to",
    r"\btells? of\b": "reports, describes",
    r"manieth": "index",
    r"\bas (?:it|they) comes? in\b": "incoming",
    r"\bat a time\"": "micro-batch size",
    r"(?<![\".])\bfigures?\b(?!\")": "metric, number (a figure is a plot)",
}
"""Pattern -> what to write."""
ALLOWED = re.compile(r"optimist|realist|minimist|emphasis\b|fulfill|PARALLELISM|analyses", re.IGNORECASE)
LABELS = {
    "Rather", "Of what", "Their weight", "In the end", "At a time", "At least", "Leave alone", "Adapt", "Head too",
    "Embeddings too", "Weights by", "In steps of", "Key heads", "Smallest error of", "Store rows as they are",
    "Everything else as",
}  # fmt: skip
NOT_SHARES = {
    "beta1", "beta2",  # decay rates of averages: written as in the papers
    "damping",  # a factor of the mean diagonal
    "skew",  # β or α of a divergence
    "scaling_exponent",
    "lp_norm",  # p of a norm
    "smoothing_strength",  # α of SmoothQuant
}  # fmt: skip
SETTINGS = [*((info.id, info.settings) for info in methods().values()), ("evaluation", Evaluation)]
SETTINGS += [(f"export {kind.id}", kind.options) for kind in formats().values()]


def sources() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = [Path(name) for name in listed.stdout.splitlines()]
    kept = [p for p in names if p.parts[0] in ("engine", "studio", "README.md") or p.parts[:2] == ("resources", "help")]
    return [ROOT / path for path in kept if path.suffix in (".py", ".md")]


@functools.cache
def texts() -> dict[Path, str]:
    """The sources without what is allowed."""
    return {path: ALLOWED.sub("", path.read_text(encoding="utf-8")) for path in sources()}


@pytest.mark.parametrize("banned", [*BRITISH, *ODD])
def test_no_source_holds(banned: str) -> None:
    pattern = re.compile(banned, re.IGNORECASE | re.MULTILINE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path, text in texts().items()
        if pattern.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"write {ODD.get(banned, 'the American word')}:\n" + "\n".join(found)


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_labels_say_what_they_are(name: str, settings: type[Settings]) -> None:
    titles = [field.title for field in fields(settings)]
    assert not LABELS & set(titles)
    assert len(set(titles)) == len(titles), f"two settings of {name} have the same label"


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_every_part_of_a_whole_is_a_share(name: str, settings: type[Settings]) -> None:
    """One notation: a fraction in files, percent on screen."""
    for field in fields(settings):
        within = (
            field.kind == "float" and field.maximum is not None and field.maximum <= 1 and (field.minimum or 0) >= 0
        )
        assert field.share == (within and field.name not in NOT_SHARES), f"{name}: {field.name}"
        assert not field.share or field.unit == "%"


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_earlier_names_are_not_used_twice(name: str, settings: type[Settings]) -> None:
    names = [field.name for field in fields(settings)]
    earlier = [alias for field in fields(settings) for alias in field.aliases]
    assert len(set(earlier)) == len(earlier) and not set(earlier) & set(names)
    for field in fields(settings):
        assert field.shown_if is None or field.shown_if[0] in names, (
            f"{name}: {field.name} is shown if {field.shown_if}"
        )
