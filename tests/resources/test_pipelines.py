"""The templates: each opens, is right, and says what it shows; together they show every method."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.methods.registry import methods
from engine.pipeline.document import Pipeline
from engine.pipeline.legality import problems

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "resources" / "pipelines").glob("*.json"))


def opened(path: Path) -> Pipeline:
    return Pipeline.from_json(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_is_right(path: Path) -> None:
    pipeline = opened(path)
    assert problems(pipeline) == []
    assert pipeline.name and pipeline.description.endswith(".")
    assert pipeline.blocks[0].method == "model" and pipeline.blocks[0].settings.get("model", "sample") == "sample", (
        "it starts with the sample"
    )
    places = {(block.x, block.y) for block in pipeline.blocks}
    assert len(places) == len(pipeline.blocks), "no block hides another"
    assert path.read_text(encoding="utf-8") == pipeline.to_json().rstrip("\n") + "\n", (
        "written as the program writes it"
    )


def test_names_differ() -> None:
    names = [opened(path).name for path in TEMPLATES]
    assert len(set(names)) == len(names)


def test_every_method_has_a_template() -> None:
    used = {block.method for path in TEMPLATES for block in opened(path).blocks}
    assert used == {info.id for info in methods().values() if not info.origin}


def test_five_combinations_chain_families() -> None:
    chained = [
        {methods()[block.method].family for block in opened(path).blocks if opened(path).into(block.id)}
        for path in TEMPLATES
        if all(len([link for link in opened(path).links if link.source == b.id]) <= 1 for b in opened(path).blocks)
    ]
    assert sum(len(families) >= 2 for families in chained) >= 5
