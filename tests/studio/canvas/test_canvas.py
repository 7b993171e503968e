"""The canvas with simulated drops, mouse and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QStyle, QStyleOptionGraphicsItem, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.pipeline.document import Comment, Link, Pipeline
from studio.canvas.card import BlockItem
from studio.canvas.describe import BlockState
from studio.canvas.palette import method_mime
from studio.canvas.quickmenu import QuickMenu
from studio.canvas.view import CanvasView
from studio.document.document import Document
from tests.studio.canvas import dragging

RTN = "round_to_nearest"
CHAIN = Pipeline.linear([("model", {}), (RTN, {}), (RTN, {"format": "int8"})])
A, B, C = "model_1", f"{RTN}_1", f"{RTN}_2"
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.MouseButton.NoButton
PLAIN = Qt.KeyboardModifier.NoModifier


def links(view: CanvasView) -> set[tuple[str, str, str]]:
    return {(link.source, link.target, link.port) for link in view.document.pipeline.links}


def block(view: CanvasView, name: str) -> BlockItem:
    return view.pipeline_scene.blocks[name]


def on_screen(view: CanvasView, place: QPointF) -> QPoint:
    return view.mapFromScene(place)


def middle(view: CanvasView, name: str) -> QPoint:
    return on_screen(view, block(view, name).card().center() + block(view, name).pos())


def mouse(view: CanvasView, kind: QEvent.Type, pos: QPoint, button: Qt.MouseButton = LEFT) -> None:
    """A mouse event to the viewport; QTest.mouseMove has no buttons."""
    held = NONE if kind == QEvent.Type.MouseButtonRelease else button
    where = QPointF(pos)
    event = QMouseEvent(kind, where, QPointF(view.viewport().mapToGlobal(pos)), button, held, PLAIN)
    QApplication.sendEvent(view.viewport(), event)


def drag(view: CanvasView, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT, release: bool = True) -> None:
    mouse(view, QEvent.Type.MouseButtonPress, start, button)
    for step in (0.3, 0.7, 1.0):
        mouse(view, QEvent.Type.MouseMove, start + (end - start) * step, button)
    if release:
        mouse(view, QEvent.Type.MouseButtonRelease, end, button)


def drop(view: CanvasView, data: QMimeData, pos: QPoint) -> bool:
    """Drag something over the canvas and drop it; True if the canvas took it."""
    if not dragging.enter(view, data, pos):
        return False
    dragging.move(view, data, pos)
    return dragging.let_go(view, data, pos)


# -- drops ---------------------------------------------------------------------------------------------------------
def test_drop_on_empty_canvas_links_to_the_nearest_free_output(view: CanvasView) -> None:
    assert drop(view, method_mime(RTN), middle(view, C) + QPoint(250, 0))
    new = view.selected_ids()[0]
    assert (C, new, "model") in links(view)
    assert view.document.undo_stack.count() == 1


def test_drop_with_no_free_output_links_to_the_selected_block(view: CanvasView) -> None:
    view.select([A])
    drop(view, method_mime(RTN), on_screen(view, QPointF(320, 260)))
    assert (A, view.selected_ids()[0], "model") in links(view)


def test_drop_of_a_model_stands_alone(view: CanvasView) -> None:
    drop(view, method_mime("model"), on_screen(view, QPointF(320, 260)))
    assert len(view.document.pipeline.blocks) == 4
    assert len(links(view)) == 2


def test_drop_on_a_link_inserts(view: CanvasView) -> None:
    link = block(view, A).output_pos() + QPointF(32, 0)
    drop(view, method_mime(RTN), on_screen(view, link))
    new = view.selected_ids()[0]
    assert links(view) == {(A, new, "model"), (new, B, "model"), (B, C, "model")}
    assert not any(item.hot for item in view.pipeline_scene.links.values())


def test_a_model_dropped_on_a_link_is_refused_and_nothing_is_lost(view: CanvasView, qtbot: QtBot) -> None:
    link = block(view, A).output_pos() + QPointF(32, 0)
    with qtbot.waitSignal(view.editor.refused) as told:
        drop(view, method_mime("model"), on_screen(view, link))
    assert "can't stand in a link" in told.args[0]
    assert view.document.pipeline == CHAIN


def test_other_drops_are_left_to_the_window(view: CanvasView) -> None:
    data = QMimeData()
    data.setText("/home/me/model.gguf")
    assert not drop(view, data, QPoint(10, 10))
    unknown = method_mime("no_such_method")
    assert not drop(view, unknown, QPoint(10, 10))


# -- links ---------------------------------------------------------------------------------------------------------
def test_drag_between_ports_makes_a_branch(view: CanvasView) -> None:
    drag(view, on_screen(view, block(view, A).output_pos()), on_screen(view, block(view, C).input_pos("model")))
    assert links(view) == {(A, B, "model"), (A, C, "model")}


def test_a_link_that_closes_a_circle_is_refused_near_the_mouse(view: CanvasView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.editor.refused) as told:
        drag(view, on_screen(view, block(view, C).output_pos()), middle(view, B))
    assert "circle" in told.args[0]
    assert view.hint.isVisible() and "circle" in view.hint.text()
    assert view.document.pipeline == CHAIN


def test_a_link_goes_to_the_second_input_once_the_first_is_taken(view: CanvasView, toys: None) -> None:
    view.document.change(
        "Add", CHAIN.with_block(CHAIN.block(B).model_copy(update={"id": "p", "method": "toy_pair", "y": 200}))
    )
    drag(view, on_screen(view, block(view, A).output_pos()), middle(view, "p"))
    drag(view, on_screen(view, block(view, C).output_pos()), middle(view, "p"))
    assert {(A, "p", "model"), (C, "p", "teacher")} <= links(view)


def test_an_optional_second_input_says_what_it_gets(view: CanvasView) -> None:
    pipeline = Pipeline.linear([("model", {}), (RTN, {}), ("logit_distillation", {})])
    view.document.open(pipeline, None)
    view.centerOn(400, 100)
    student = block(view, "logit_distillation_1")
    assert student.ports == ("model", "teacher") and student.optional == ("teacher",)
    assert "“teacher”: the original model" in student.toolTip()
    open_port = view.grab().toImage()
    drag(view, on_screen(view, block(view, A).output_pos()), on_screen(view, student.input_pos("teacher")))
    assert (A, "logit_distillation_1", "teacher") in links(view) and student.linked == {"model", "teacher"}
    assert "teacher" not in student.toolTip() and view.grab().toImage() != open_port
    (teacher,) = (item for link, item in view.pipeline_scene.links.items() if link.port == "teacher")
    assert teacher.isVisible()
    view.document.undo_stack.undo()
    assert student.linked == {"model"} and "teacher" in student.toolTip()


def test_an_input_can_be_drawn_backwards(view: CanvasView) -> None:
    view.document.change("Cut", CHAIN.without_link(Link(source=B, target=C)))
    drag(view, on_screen(view, block(view, C).input_pos("model")), on_screen(view, block(view, A).output_pos()))
    assert (A, C, "model") in links(view)


def test_a_link_taken_up_at_its_end_and_dropped_on_nothing_is_removed(view: CanvasView) -> None:
    drag(view, on_screen(view, block(view, B).input_pos("model")), on_screen(view, QPointF(300, -150)))
    assert links(view) == {(B, C, "model")}
    view.document.undo_stack.undo()
    assert view.document.pipeline == CHAIN
    assert all(item.isVisible() for item in view.pipeline_scene.links.values())


def test_a_click_on_a_linked_input_changes_nothing(view: CanvasView) -> None:
    pos = on_screen(view, block(view, B).input_pos("model"))
    drag(view, pos, pos)
    assert view.document.undo_stack.count() == 0


def test_a_link_dropped_on_nothing_opens_the_menu_which_makes_the_block(view: CanvasView) -> None:
    drag(view, on_screen(view, block(view, C).output_pos()), on_screen(view, QPointF(700, 250)))
    (menu,) = view.findChildren(QuickMenu)
    assert "model" not in menu.picker.visible_methods(), "a source can't follow a block"
    QTest.keyClicks(menu.picker.search, "round")
    QTest.keyClick(menu.picker.search, Qt.Key.Key_Return)
    assert (C, view.selected_ids()[0], "model") in links(view)


def test_escape_cancels_a_gesture(view: CanvasView) -> None:
    drag(view, on_screen(view, block(view, A).output_pos()), middle(view, C), release=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    mouse(view, QEvent.Type.MouseButtonRelease, middle(view, C))
    drag(view, middle(view, B), middle(view, B) + QPoint(50, 90), release=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert block(view, B).pos() == QPointF(CHAIN.block(B).x, CHAIN.block(B).y)
    assert view.document.undo_stack.count() == 0


def test_an_undo_in_the_middle_of_a_gesture_ends_it(view: CanvasView) -> None:
    view.editor.add_method(RTN)
    new = view.selected_ids()[0]
    view.centerOn(block(view, new))
    drag(view, middle(view, new), middle(view, new) + QPoint(40, 40), release=False)
    view.document.undo_stack.undo()
    mouse(view, QEvent.Type.MouseButtonRelease, QPoint(100, 100))
    assert view.document.pipeline == CHAIN
    view.document.undo_stack.redo()
    placed = view.document.pipeline.block(new)
    assert block(view, new).pos() == QPointF(placed.x, placed.y)


# -- moving, selecting -----------------------------------------------------------------------------------------------
def test_moving_is_one_step_and_links_follow(view: CanvasView) -> None:
    drag(view, middle(view, B), middle(view, B) + QPoint(0, 80))
    assert view.document.pipeline.block(B).y == 80
    assert view.document.undo_stack.count() == 1
    end = view.pipeline_scene.links[Link(source=A, target=B)]._path.currentPosition()
    assert end == block(view, B).input_pos("model")


def test_several_selected_blocks_move_together(view: CanvasView) -> None:
    view.select([B, C])
    drag(view, middle(view, B), middle(view, B) + QPoint(0, 40))
    assert [view.document.pipeline.block(name).y for name in (A, B, C)] == [0, 40, 40]


def test_an_unlinked_block_dropped_on_a_link_is_put_into_it(view: CanvasView) -> None:
    alone = CHAIN.with_block(CHAIN.block(B).model_copy(update={"id": "alone", "x": 150.0, "y": 250.0}))
    view.document.change("Add", alone)
    target = on_screen(view, block(view, A).output_pos() + QPointF(32, 0))
    drag(view, middle(view, "alone"), target)
    assert {(A, "alone", "model"), ("alone", B, "model")} <= links(view)


def test_rubber_band_selects_what_it_touches(view: CanvasView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.selection_changed):
        drag(view, on_screen(view, QPointF(-30, -60)), on_screen(view, QPointF(400, 150)))
    assert view.selected_ids() == [A, B]


def test_arrows_walk_along_the_links(view: CanvasView) -> None:
    view.select([A])
    for key, expected in ((Qt.Key.Key_Right, B), (Qt.Key.Key_Right, C), (Qt.Key.Key_Right, C), (Qt.Key.Key_Left, B)):
        QTest.keyClick(view, key)
        assert view.selected_ids() == [expected]


def test_enter_and_double_click_activate(view: CanvasView, qtbot: QtBot) -> None:
    view.select([B])
    with qtbot.waitSignal(view.editor.block_activated) as told:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert told.args == [B]
    with qtbot.waitSignal(view.editor.block_activated) as told:
        QTest.mouseDClick(view.viewport(), LEFT, PLAIN, middle(view, C))
    assert told.args == [C]


@pytest.mark.parametrize("how", ["slash", "tab", "double click"])
def test_the_quick_menu_opens_on_an_empty_canvas(view: CanvasView, how: str) -> None:
    view.document.open(Pipeline(), None)
    view.setFocus()
    if how == "double click":
        QTest.mouseDClick(view.viewport(), LEFT, PLAIN, QPoint(100, 100))
    else:
        QTest.keyClick(view, Qt.Key.Key_Slash if how == "slash" else Qt.Key.Key_Tab)
    (menu,) = view.findChildren(QuickMenu)
    assert {"model", RTN} <= set(menu.picker.visible_methods())
    menu.picker.chosen.emit("model")
    assert [b.method for b in view.document.pipeline.blocks] == ["model"]


def test_hiding_the_canvas_opens_no_menu(view: CanvasView, qtbot: QtBot) -> None:
    """Qt moves the focus on when its widget is hidden, as Tab does."""
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.addWidget(view)
    column.addWidget(QLineEdit(page))
    page.show()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    view.hide()
    opened, focused = view.findChildren(QuickMenu), view.hasFocus()
    view.setParent(None)
    assert not opened and not focused


def test_no_port_stays_lit_when_its_link_was_dropped_on_nothing(view: CanvasView) -> None:
    start = on_screen(view, block(view, C).output_pos())
    mouse(view, QEvent.Type.MouseMove, start, NONE)
    assert block(view, C).hot_port == ""
    drag(view, start, start + QPoint(120, 150))
    assert view.findChildren(QuickMenu) and block(view, C).hot_port is None


def test_a_pipeline_stays_in_view_until_it_is_moved(view: CanvasView) -> None:
    """Panels take their room after a pipeline was opened."""
    view.document.open(Pipeline.linear([("model", {})] + [(RTN, {})] * 14), None)
    view.resize(700, 300)
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert seen.contains(view.pipeline_scene.content_rect())
    view.zoom_in()
    zoom = view.zoom
    view.resize(900, 500)
    assert view.zoom == zoom


def test_a_pipeline_that_was_all_in_view_stays_so_when_a_panel_takes_room(view: CanvasView) -> None:
    """Whoever moved it sees it as large as before where there is room, and a part of it stays a part."""
    view.document.open(Pipeline.linear([("model", {})] + [(RTN, {})] * 2), None)
    view.resize(1200, 900)
    view.zoom_out()
    zoom = view.zoom
    view.centerOn(view.pipeline_scene.content_rect().center() - QPointF(0, 250))
    view.resize(1200, 350)
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert view.zoom == zoom and seen.contains(view.pipeline_scene.content_rect())
    view.resize(400, 350)
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert view.zoom < zoom and seen.contains(view.pipeline_scene.content_rect())
    view.resize(1200, 900)
    view.zoom_in()
    view.centerOn(view.pipeline_scene.content_rect().topLeft() - QPointF(3000, 0))
    before = view.mapToScene(QPoint(0, 0))
    view.resize(1200, 350)
    assert view.mapToScene(QPoint(0, 0)) == before, "what was not in view is left there"


# -- clipboard, delete, comments -------------------------------------------------------------------------------------
def test_copy_in_one_window_and_paste_in_another(view: CanvasView, qtbot: QtBot) -> None:
    view.select([B, C])
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    other = CanvasView(Document())
    other.document.setParent(other)
    qtbot.addWidget(other)
    other.editor.paste()
    assert [b.settings for b in other.document.pipeline.blocks] == [{}, {"format": "int8"}]
    assert len(other.document.pipeline.links) == 1
    assert len(other.selected_ids()) == 2


def test_paste_of_something_else_is_refused(view: CanvasView, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("what a nice day")
    with qtbot.waitSignal(view.editor.refused) as told:
        view.editor.paste()
    assert "clipboard holds no blocks" in told.args[0]


def test_delete_bridges_and_cut_can_be_undone(view: CanvasView) -> None:
    view.select([B])
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert links(view) == {(A, C, "model")}
    view.document.undo_stack.undo()
    view.select([B])
    view.editor.cut()
    view.document.undo_stack.undo()
    assert view.document.pipeline == CHAIN


def test_a_running_block_is_not_deleted(view: CanvasView, qtbot: QtBot) -> None:
    view.set_locked([B])
    view.select([A, B])
    with qtbot.waitSignal(view.editor.refused) as told:
        view.editor.delete_selected()
    assert "is running" in told.args[0]
    assert view.document.pipeline == CHAIN


def test_a_link_is_deleted_by_key(view: CanvasView) -> None:
    QTest.mouseClick(view.viewport(), LEFT, PLAIN, on_screen(view, block(view, A).output_pos() + QPointF(32, 0)))
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert links(view) == {(B, C, "model")}


def test_comments_are_written_resized_and_deleted(view: CanvasView) -> None:
    view.editor.add_comment(QPointF(0, 200))
    (name,) = view.pipeline_scene.comments
    item = view.pipeline_scene.comments[name]
    QTest.keyClicks(view, "two branches / to F")
    item.text.clearFocus()
    assert view.document.pipeline.comments[0].text == "two branches / to F"
    corner = on_screen(view, QPointF(item.comment.x + item.comment.width - 5, item.comment.y + item.comment.height - 5))
    drag(view, corner, corner + QPoint(80, 40))
    changed = view.document.pipeline.comments[0]
    assert (changed.width, changed.height) == (304, 128), "on the grid"
    view.editor.delete_selected()
    assert view.document.pipeline.comments == ()
    for _ in range(3):
        view.document.undo_stack.undo()
    assert view.document.pipeline.comments[0].text == ""


def test_a_comment_frames_blocks_without_hiding_them(view: CanvasView) -> None:
    frame = Comment(id="frame", text="group", x=-50, y=-50, width=800, height=300)
    view.document.change("Frame", view.document.pipeline.with_comment(frame))
    drag(view, middle(view, B), middle(view, B) + QPoint(0, 80))
    assert view.document.pipeline.block(B).y == 80


# -- states, empty, zoom ---------------------------------------------------------------------------------------------
def test_late_states_of_unknown_blocks_are_ignored_and_undo_brings_the_state_back(view: CanvasView) -> None:
    view.set_block_state("gone", BlockState("running", 0.5))
    view.set_block_state(B, BlockState("done", metrics="ppl 28.9"))
    view.select([B])
    view.editor.delete_selected()
    view.set_block_state(B, BlockState("running", 0.5))
    view.document.undo_stack.undo()
    assert block(view, B).state == BlockState("done", metrics="ppl 28.9")
    assert "ppl 28.9" in block(view, B).toolTip()
    view.document.open(CHAIN, None)
    assert block(view, B).state.state == "ready"


def test_the_hint_is_there_only_while_the_canvas_is_empty(view: CanvasView) -> None:
    assert not view._empty.isVisible()
    view.document.open(Pipeline(), None)
    assert view._empty.isVisible() and "Drag" in view._empty.text()
    view.editor.add_method("model")
    assert not view._empty.isVisible()


def test_a_method_added_with_nothing_selected_goes_to_the_end(view: CanvasView) -> None:
    view.pipeline_scene.clearSelection()
    view.editor.add_method(RTN)
    assert (C, view.selected_ids()[0], "model") in links(view)


def test_zoom_by_wheel_keys_and_fit(view: CanvasView) -> None:
    start = view.zoom
    place = QPointF(300, 300)
    wheel = QWheelEvent(
        place,
        view.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, 120),
        NONE,
        PLAIN,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    before = view.mapToScene(place.toPoint())
    QApplication.sendEvent(view.viewport(), wheel)
    assert view.zoom > start
    assert (view.mapToScene(place.toPoint()) - before).manhattanLength() < 3, "the place under the mouse stays"
    QTest.keyClick(view, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert view.zoom == pytest.approx(1.0)
    view.document.change(
        "Far", view.document.pipeline.with_block(CHAIN.block(A).model_copy(update={"id": "far", "x": 4000.0}))
    )
    QTest.keyClick(view, Qt.Key.Key_Home)
    shown = view.mapToScene(view.viewport().rect()).boundingRect()
    assert shown.contains(view.pipeline_scene.content_rect())


def test_middle_button_pans(view: CanvasView) -> None:
    before = view.mapToScene(QPoint(0, 0))
    drag(view, QPoint(300, 300), QPoint(360, 340), Qt.MouseButton.MiddleButton)
    assert view.mapToScene(QPoint(0, 0)) - before == QPointF(-60, -40)
    assert view.document.pipeline == CHAIN


def test_context_menus_name_what_can_be_done(view: CanvasView, qtbot: QtBot) -> None:
    menu = view.menus.context(block(view, B), middle(view, B))
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts[:3] == ["Run to here", "Settings", "Add after…"]
    with qtbot.waitSignal(view.editor.run_to_here_requested) as told:
        menu.actions()[0].trigger()
    assert told.args == [B]
    empty = view.menus.context(None, QPoint(5, 5))
    next(action for action in empty.actions() if action.text() == "Select all").trigger()
    assert view.selected_ids() == [A, B, C]
    link = view.pipeline_scene.links[Link(source=A, target=B)]
    next(a for a in view.menus.context(link, QPoint(5, 5)).actions() if a.text() == "Remove link").trigger()
    assert (A, B, "model") not in links(view)


def test_unknown_methods_are_drawn_and_kept(view: CanvasView) -> None:
    strange = CHAIN.with_block(CHAIN.block(B).model_copy(update={"method": "from_the_future"}))
    view.document.open(strange, None)
    assert block(view, B).title == "from_the_future"
    assert "not installed" in block(view, B).summary
    view.grab()


# -- cost ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of blocks as they are painted; to be asked for before ``view``, since Qt looks ``paint`` up once."""
    found: list[str] = []
    paint = BlockItem.paint

    def counted(self: BlockItem, *arguments: object) -> None:
        found.append(self.block.id)
        paint(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(BlockItem, "paint", counted)
    return found


def test_a_progress_tick_repaints_only_its_block(painted: list[str], view: CanvasView, qapp: QApplication) -> None:
    view.set_block_state(B, BlockState("running", 0.1))
    qapp.processEvents()
    assert set(painted) == {A, B, C}
    painted.clear()
    for tick in range(2, 7):
        view.set_block_state(B, BlockState("running", tick / 10))
        qapp.processEvents()
    assert painted == [B] * 5
    painted.clear()
    view.set_block_state(B, BlockState("running", 0.6))
    qapp.processEvents()
    assert painted == [], "the same state again paints nothing"


def test_a_setting_changed_in_one_block_touches_no_other_item(view: CanvasView) -> None:
    items = dict(view.pipeline_scene.blocks)
    lines = dict(view.pipeline_scene.links)
    view.document.change("Format", view.document.pipeline.with_settings(B, format="int8"))
    assert view.pipeline_scene.blocks == items and view.pipeline_scene.links == lines


def test_another_document_may_be_opened_while_a_block_is_selected(view: CanvasView, qtbot: QtBot) -> None:
    view.select([B])
    told: list[list[str]] = []
    view.selection_changed.connect(told.append)
    with qtbot.captureExceptions() as exceptions:
        view.document.open(Pipeline.linear([("model", {}), ("gptq", {}), ("lora", {})]), None)
    assert exceptions == [] and view.selected_ids() == [] and told[-1] == []


def test_a_comment_that_is_edited_has_no_dashed_frame(view: CanvasView) -> None:
    view.editor.add_comment(QPointF(0, 0))
    (comment,) = view.pipeline_scene.comments.values()
    pictures = []
    for state in (QStyle.StateFlag.State_None, QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected):
        option = QStyleOptionGraphicsItem()
        option.state = state
        picture = QImage(300, 200, QImage.Format.Format_ARGB32)
        picture.fill(0)
        painter = QPainter(picture)
        comment.text.paint(painter, option, view)
        painter.end()
        pictures.append(picture)
    assert pictures[0] == pictures[1]


def test_paste_lands_under_the_mouse_with_its_links(view: CanvasView, qtbot: QtBot) -> None:
    view.resize(900, 600)
    view.show()
    view.editor.select_all()
    view.editor.copy()
    before = set(view.pipeline_scene.blocks)
    place = QPoint(300, 200)
    QTest.mouseMove(view.viewport(), place)
    view._mouse = place  # offscreen windows hear no real mouse
    view.paste()
    new = [block for block in view.document.pipeline.blocks if block.id not in before]
    corner = view.mapToScene(place)
    assert abs(min(b.x for b in new) - corner.x()) <= 8 and abs(min(b.y for b in new) - corner.y()) <= 8
    names = {block.id for block in new}
    inner = [link for link in view.document.pipeline.links if {link.source, link.target} <= names]
    assert len(inner) == len(view.document.pipeline.links) / 2 and inner
