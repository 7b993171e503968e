"""Groups of blocks that one card stands for: sweeps as stacks, macro blocks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.pipeline import folding, layout, variants
from engine.pipeline.document import Block, Group, Link, Pipeline
from engine.pipeline.layout import ROW_HEIGHT
from engine.record import saved_groups
from studio.canvas.card import RESULT_TOP
from studio.canvas.describe import BlockState, Fact
from studio.canvas.groupcard import GroupItem
from studio.canvas.groupframe import GroupFrame
from studio.canvas.items import LinkItem
from studio.canvas.palette import Palette, method_mime, method_of
from studio.canvas.view import CanvasView

RTN, SVD = "round_to_nearest", "svd"
CHAIN = Pipeline.linear([("model", {}), (RTN, {"group_size": 32}), (SVD, {})])
FIRST, LAST = f"{RTN}_1", f"{SVD}_1"


@pytest.fixture
def view(shown: Callable[[Pipeline], CanvasView]) -> CanvasView:
    return shown(CHAIN)


def card(view: CanvasView) -> GroupItem:
    found = view.pipeline_scene.shown(FIRST)
    assert isinstance(found, GroupItem)
    return found


def press(view: CanvasView, place: QPointF) -> None:
    pos = view.mapFromScene(place)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        where, glob = QPointF(pos), QPointF(view.viewport().mapToGlobal(pos))
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        held = left if kind == QEvent.Type.MouseButtonPress else none
        event = QMouseEvent(kind, where, glob, left, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(view.viewport(), event)


def test_a_sweep_is_one_card_whose_rows_select_its_variants(view: CanvasView) -> None:
    view.editor.sweep(FIRST, "format", ["int8", "int4", "int3"])
    scene, members = view.pipeline_scene, card(view).ids
    assert len([item for item in scene.blocks.values() if item.isVisible()]) == 1
    assert len([line for line in scene.links.values() if line.isVisible()]) == 2
    row = card(view).pos() + QPointF(60, RESULT_TOP + 1.5 * ROW_HEIGHT)
    press(view, row)
    assert view.selected_ids() == [members[1]]
    press(view, card(view).pos() + QPointF(60, 20))
    assert set(view.selected_ids()) == set(members)
    view.select([members[2]])
    assert view.selected_ids() == [members[2]]
    view.set_block_state(members[1], BlockState("done", facts=(Fact("3.5 MB", "x 0.5"), Fact("ppl 9.00"))))
    view.set_block_state(members[2], BlockState("running", 0.5, "3 s"))
    assert [row.right for row in card(view).rows] == ["", "3.5 MB   ppl 9.00", "Running 3 s"]
    assert card(view).state.state == "running" and card(view).state.fraction == pytest.approx(0.5)
    view.document.undo_stack.undo()
    assert not scene.groups and all(item.isVisible() for item in scene.blocks.values())
    assert all(line.isVisible() for line in scene.links.values())


def test_blocks_are_folded_moved_as_one_and_unfolded(view: CanvasView) -> None:
    view.select([FIRST, LAST])
    view.editor.fold()
    assert card(view).summary.count("→") == 1 and [row.left for row in card(view).rows] == ["Group size"]
    before = view.document.pipeline.block(LAST).x
    view.select([FIRST])
    view.editor.move(view.pipeline_scene.groups and card(view).ids, 80, 0)
    assert view.document.pipeline.block(LAST).x == before + 80
    assert card(view).pos().x() == view.document.pipeline.block(FIRST).x
    view.select([FIRST, LAST])
    view.editor.unfold()
    assert not view.pipeline_scene.groups and view.pipeline_scene.blocks[LAST].isVisible()
    view.editor.fold()
    assert card(view).grouped.id == view.document.pipeline.groups[0].id
    view.editor.unfold()
    view.editor.unfold()
    assert not view.document.pipeline.groups


def frame(view: CanvasView) -> GroupFrame:
    """The frame of the only group that is not folded."""
    (found,) = view.pipeline_scene.frames.values()
    return found


def area_of(view: CanvasView, *names: str) -> QRectF:
    area = QRectF()
    for name in names:
        item = view.pipeline_scene.blocks[name]
        area |= item.card().translated(item.pos())
    return area


def test_an_unfolded_group_has_a_frame_that_moves_with_its_blocks(view: CanvasView) -> None:
    view.select([FIRST, LAST])
    view.editor.fold()
    assert not view.pipeline_scene.frames
    view.editor.unfold()
    assert frame(view).title == "2 blocks" and frame(view).boundingRect().contains(area_of(view, FIRST, LAST))
    before, area = view.document.pipeline.block(LAST), frame(view).boundingRect()
    view.editor.move([LAST], 320, 160)
    assert frame(view).boundingRect() != area and frame(view).boundingRect().contains(area_of(view, FIRST, LAST))
    view.fit()
    view.pipeline_scene.select([])
    start = view.mapFromScene(frame(view).bar.center())
    assert view.pipeline_scene.thing_at(frame(view).bar.center()) is frame(view)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), start + QPoint(0, 40))
    shifted = frame(view).boundingRect()
    assert shifted.contains(area_of(view, FIRST, LAST)) and view.selected_ids() == [FIRST, LAST]
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(0, 40))
    assert frame(view).boundingRect() == shifted
    assert view.document.pipeline.block(LAST).y > before.y + 160 and view.document.pipeline.block("model_1").y == 0
    view.set_block_state(LAST, BlockState("done", facts=(Fact("1 MB"),)))  # a card with a result is higher
    assert frame(view).boundingRect().contains(area_of(view, FIRST, LAST))
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(frame(view).bar.center()))
    assert not view.pipeline_scene.frames and card(view).ids == (FIRST, LAST)


def test_what_lies_in_a_frame_can_be_reached_and_its_title_has_a_menu(view: CanvasView, qtbot: QtBot) -> None:
    view.select([FIRST, LAST])
    view.editor.fold()
    view.editor.unfold()
    middle = (view.pipeline_scene.blocks[FIRST].output_pos() + view.pipeline_scene.blocks[LAST].input_pos("model")) / 2
    assert isinstance(view.pipeline_scene.thing_at(middle), LinkItem)
    assert view.pipeline_scene.thing_at(middle + QPointF(0, 30)) is None
    menu = view.menus.context(frame(view), QPoint())
    qtbot.addWidget(menu)
    assert view.selected_ids() == [FIRST, LAST]
    assert [action.text().partition("\t")[0] for action in menu.actions()][:2] == ["Fold into one card", "Rename…"]
    next(a for a in menu.actions() if a.text().startswith("Ungroup")).trigger()
    assert not view.pipeline_scene.frames and not view.document.pipeline.groups


def test_frames_of_a_tidy_pipeline_lie_over_nothing_else(view: CanvasView) -> None:
    pipeline = variants.sweep(view.document.pipeline, FIRST, "group_size", [8, 16, 64])[0]
    for group in pipeline.groups:
        pipeline = folding.fold(pipeline, group.id, False)
    more = [Block(id=f"more_{n}", method="svd") for n in range(2)]
    for block in more:
        pipeline = pipeline.with_block(block).with_link(Link(source="model_1", target=block.id))
    pipeline, pair = folding.fold_into_one(
        pipeline.with_link(Link(source="more_0", target="more_1")), ["more_0", "more_1"]
    )
    view.document.change("Sweep", layout.tidy(folding.fold(pipeline, pair, False)))
    for name in view.pipeline_scene.blocks:
        view.set_block_state(name, BlockState("done", facts=(Fact("1 MB"),)))
    frames = list(view.pipeline_scene.frames.values())
    assert len(frames) == 3
    for each in frames:
        others = [area_of(view, name) for name in view.pipeline_scene.blocks if name not in each.ids]
        others += [other.boundingRect() for other in frames if other is not each]
        assert not any(each.boundingRect().intersects(other) for other in others), each.title


def test_frames_over_each_other_show_both_titles_the_smaller_in_front(view: CanvasView) -> None:
    blocks = tuple(Block(id=f"b{n}", method="svd", x=n * 304.0) for n in range(5))
    groups = (("b0", "b3", "b4"), ("b1", "b2"))
    made = tuple(Group(id=f"g{n}", kind="macro", blocks=names, folded=False) for n, names in enumerate(groups))
    view.document.open(Pipeline(blocks=blocks, groups=made), None)
    large, small = sorted(view.pipeline_scene.frames.values(), key=lambda frame: -len(frame.ids))
    assert large.boundingRect().intersects(small.boundingRect()) and not large.bar.intersects(small.bar)
    assert large.zValue() < small.zValue() and large.bar.top() < small.bar.top()
    far = view.document.pipeline
    for name in small.ids:
        far = far.with_block(far.block(name).model_copy(update={"y": 900.0}))
    view.document.change("Move", far)
    view.pipeline_scene.follow(small.ids)
    assert large.bar.top() == large.boundingRect().top() + 2
    top = min(view.pipeline_scene.blocks[name].y() for name in large.ids)
    assert top - large.bar.top() == layout.FRAME_TITLE, "nothing is left of the lift"


def test_links_to_a_folded_card_end_at_its_inputs(view: CanvasView) -> None:
    """A teacher from outside has an input of its own, also beside the model from the same block."""
    chain = [("model", {}), ("round_to_nearest", {}), ("logit_distillation", {})]
    pipeline = Pipeline.linear(chain)
    link = Link(source="model_1", target="logit_distillation_1", port="teacher")
    pipeline = pipeline.with_link(link)
    pipeline, group = folding.fold_into_one(pipeline, ["round_to_nearest_1", "logit_distillation_1"])
    view.document.open(pipeline, None)
    assert card(view).ports == ("model", "teacher")
    lines = [line for line in view.pipeline_scene.links.values() if line.isVisible()]
    ends = {line.link.port: line.shape().contains(card(view).input_pos(line.link.port)) for line in lines}
    assert ends == {"model": True, "teacher": True}
    assert card(view).input_pos("model") != card(view).input_pos("teacher")
    view.document.change("Unlink", view.document.pipeline.without_link(link))
    assert card(view).ports == ("model",) and view.document.pipeline.group(group).folded


@pytest.mark.parametrize("answer", [None, ""])
def test_a_group_that_is_not_named_is_not_saved(
    answer: str | None, view: CanvasView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who thinks better of it while naming hears nothing, and has nothing to undo."""
    view.select([FIRST, LAST])
    view.editor.fold()
    group, before, said = view.document.pipeline.groups[0], saved_groups.all_saved(), list[str]()
    shown = view.document.pipeline
    view.editor.refused.connect(said.append)
    view.editor.saved.connect(said.append)
    monkeypatch.setattr("studio.kit.message_boxes.text", lambda *_: answer)
    view.editor.save_group(group.id)
    assert saved_groups.all_saved() == before and said == [] and view.document.pipeline is shown
    monkeypatch.setattr("studio.kit.message_boxes.text", lambda *_: "Both")
    view.editor.save_group(group.id)
    (name,) = saved_groups.all_saved().keys() - before.keys()
    assert said == ["Both"] and view.document.pipeline.groups[0].title == "Both"
    saved_groups.remove(name)


def test_a_saved_group_is_a_block_of_the_palette_that_goes_into_links(view: CanvasView, qtbot: QtBot) -> None:
    view.select([FIRST, LAST])
    view.editor.fold()
    group = view.document.pipeline.groups[0].model_copy(update={"title": "Round, then cut"})
    view.document.change("name it", view.document.pipeline.with_group(group))
    view.editor.save_group(group.id)
    palette = Palette()
    qtbot.addWidget(palette)
    name = next(each for each in palette.visible_methods() if each.startswith(saved_groups.PREFIX))
    palette.search.setText("cut")
    assert name in palette.visible_methods()
    palette.search.setText("lottery")
    assert name not in palette.visible_methods()
    data = method_mime(name)
    assert method_of(data) == name
    view.select([LAST])
    view.editor.add_method(name)
    made = view.document.pipeline
    new = made.groups[1]
    assert (new.title, len(new.blocks)) == ("Round, then cut", 2)
    assert made.into(new.blocks[0]) == {"model": LAST} and made.into(new.blocks[1]) == {"model": new.blocks[0]}
    assert made.block(new.blocks[0]).settings == {"group_size": 32}
    view.editor.insert_method(Link(source="model_1", target=FIRST), name)
    made = view.document.pipeline
    third = made.groups[2]
    assert made.into(third.blocks[0]) == {"model": "model_1"} and made.into(FIRST) == {"model": third.blocks[1]}
    saved_groups.remove(name)
    assert method_of(data) is None
