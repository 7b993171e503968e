"""Distinct titles for the blocks of a pipeline. Torch-free."""

from __future__ import annotations

from engine.pipeline.document import Pipeline


def distinct_titles(pipeline: Pipeline) -> dict[str, str]:
    """Names of the blocks by id; where several are called the same, with as much of their settings as tells them
    apart, at last with their ids."""
    titles = {block.id: block.name for block in pipeline.blocks}
    more = {block.id: [*block.summary().split(" · "), f"({block.id})"] for block in pipeline.blocks}
    for _ in range(max((len(parts) for parts in more.values()), default=0)):
        names = list(titles.values())
        for block in [block for block, title in titles.items() if names.count(title) > 1]:
            if more[block]:
                titles[block] = " · ".join(filter(None, (titles[block], more[block].pop(0))))
    return titles
