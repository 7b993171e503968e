"""Positions of blocks in units of the canvas: sizes shared by all who place or draw them, the tidy layout from left to
right, and the same pipeline as rows of a tree. Torch-free."""

from __future__ import annotations

from engine.pipeline.document import Block, Pipeline
from engine.pipeline.folding import collapsed, stand_ins

GRID = 8.0
BLOCK_WIDTH = 240.0
BLOCK_HEIGHT = 92.0
RESULT_HEIGHT = 42.0
"""By so much a block grows when there is a result to show."""
ROOM = BLOCK_HEIGHT + RESULT_HEIGHT
"""Height that is kept free for a block, so that its result will cover no other."""
PORT_Y = 46.0
"""Height of the output and of the main input within a block."""
COLUMN = 304.0
"""From one block to the next in a chain; `Pipeline.linear` uses the same distance."""
ROW = 160.0
"""From one branch to the one below."""
ROW_HEIGHT = 18.0
FRAME_TITLE = 28.0
"""Above the cards of a group that is not folded: the title of its frame."""
FRAME_AROUND = 14.0
"""Between such a frame and the cards in it, elsewhere; ports stand out less."""
MOST_ROWS = 8
"""Rows on the card of a folded group; what is more is counted in a last one."""


def snapped(value: float) -> float:
    """The nearest line of the grid."""
    return round(value / GRID) * GRID


def overlapping(x: float, y: float, block: Block) -> bool:
    """True if a block at a place would cover this one, with the results of both."""
    return abs(block.x - x) < BLOCK_WIDTH and abs(block.y - y) < ROOM


def tidy(pipeline: Pipeline) -> Pipeline:
    """Columns by distance from the source, a row for every branch, parents in the middle of their branches.

    A block belongs to the tree of its main input, and the rows of a tree lie together: main links never run through
    blocks of other branches (a link to a second input may). The blocks of a folded group are placed as one.
    """
    stands = stand_ins(pipeline)
    columns, children = _tree(pipeline)
    rows: dict[str, float] = {}
    for block_id in reversed(_preorder(children)):  # children before parents
        own = children.get(block_id, [])
        rows[block_id] = (rows[own[0]] + rows[own[-1]]) / 2 if own else -1.0 - sum(i not in children for i in rows)
    top, step = min(rows.values(), default=0.0), ROW + ROW_HEIGHT * _most_rows(pipeline)
    if any(not group.folded for group in pipeline.groups):
        step += FRAME_TITLE + FRAME_AROUND - (ROW - ROOM) / 2  # no frame lies over another
    placed = []
    for block in pipeline.blocks:
        lead = pipeline.block(stands.get(block.id, block.id))
        x, y = columns[lead.id] * COLUMN, (rows[lead.id] - top) * step
        placed.append(block.model_copy(update={"x": x + block.x - lead.x, "y": y + block.y - lead.y}))
    return pipeline.model_copy(update={"blocks": tuple(placed)})


def grid(pipeline: Pipeline) -> dict[str, tuple[int, int]]:
    """Block -> (column, row) of all blocks that are shown, in the order of the rows: columns as in `tidy`, a block in
    the row of its parent if it is the first child, else in a new row."""
    columns, children = _tree(pipeline)
    cells: dict[str, tuple[int, int]] = {}
    row = -1
    continues: set[str] = {own[0] for parent, own in children.items() if parent is not None}
    for block_id in _preorder(children):
        row += block_id not in continues
        cells[block_id] = columns[block_id], row
    return cells


def _tree(pipeline: Pipeline) -> tuple[dict[str, int], dict[str | None, list[str]]]:
    """Of the blocks that are shown: the distance of each from the source, and the children of each by main input, those
    of no block for None."""
    shown = collapsed(pipeline)
    columns: dict[str, int] = {}
    children: dict[str | None, list[str]] = {None: []}
    for block in shown.order():
        columns[block.id] = max((columns[source] + 1 for source in shown.into(block.id).values()), default=0)
        children.setdefault(shown.before(block.id), []).append(block.id)
    return columns, children


def _most_rows(pipeline: Pipeline) -> int:
    """Of the card of any folded group."""
    folded = [group for group in pipeline.groups if group.folded]
    return min(MOST_ROWS, max((len(g.face if g.kind == "macro" else g.blocks) for g in folded), default=0))


def _preorder(children: dict[str | None, list[str]]) -> list[str]:
    ordered: list[str] = []
    todo = list(reversed(children[None]))
    while todo:
        block_id = todo.pop()
        ordered.append(block_id)
        todo.extend(reversed(children.get(block_id, [])))
    return ordered


def branches(pipeline: Pipeline) -> dict[str | None, list[str]]:
    """Parent -> rows below it (None: the top). A chain is a flat list below its source; where it forks, every branch
    is a row below the fork, with the rest of its chain below itself."""
    main: dict[str, str | None] = {}
    following: dict[str, list[str]] = {}
    for block in pipeline.order():
        main[block.id] = pipeline.before(block.id)
        following.setdefault(main[block.id] or "", []).append(block.id)
    rows: dict[str | None, list[str]] = {}
    head: dict[str, str | None] = {}  # under which row the block stands
    for block_id, before in main.items():
        if before is None or len(following[before]) > 1 or main[before] is None:
            head[block_id] = before
        else:
            starts_branch = len(following[main[before] or ""]) > 1
            head[block_id] = before if starts_branch else head[before]
        rows.setdefault(head[block_id], []).append(block_id)
    return rows
