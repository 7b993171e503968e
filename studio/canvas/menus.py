"""The menus of the canvas: the quick menu with what its choice leads to, and the context menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QGraphicsView, QMenu

from engine.methods.base import MethodInfo
from engine.pipeline import edits, folding, variants
from engine.pipeline.document import Block, Link, Pipeline
from studio import icons
from studio.canvas import describe
from studio.canvas.card import BlockItem
from studio.canvas.editor import CanvasEditor
from studio.canvas.groupcard import GroupItem
from studio.canvas.groupframe import GroupFrame
from studio.canvas.items import CommentItem, LinkItem
from studio.canvas.quickmenu import QuickMenu
from studio.document import Document


class CanvasMenus(QObject):
    """Made and owned by the view. Places are in viewport pixels."""

    block_activated = Signal(str)
    run_to_here_requested = Signal(str)
    rotations_requested = Signal(str)
    compared_as = Signal(str)
    """Make the selected block "A" or "B"."""
    link_activated = Signal(str)
    """Look into what flows out of this block."""
    hold_requested = Signal(str)
    fit_requested = Signal()

    def __init__(self, view: QGraphicsView, editor: CanvasEditor) -> None:
        super().__init__(view)
        self._view, self._editor = view, editor
        self.held: frozenset[str] = frozenset()
        """Blocks after which runs hold."""

    # -- quick menus -----------------------------------------------------------------------------------------------
    def add_at(self, pos: QPoint) -> QuickMenu:
        """All methods; the chosen one stands here."""
        menu = self._quick(pos)
        menu.chosen.connect(partial(self._editor.add_method_at, self._view.mapToScene(pos)))
        return menu

    def add_after(self, block_id: str) -> QuickMenu:
        """All methods that can follow a block."""
        place = self._editor.scene.shown(block_id).output_pos() + QPointF(20, 0)
        menu = self._quick(self._view.mapFromScene(place), takes_input)
        menu.chosen.connect(partial(self._editor.add_method_after, block_id))
        return menu

    def add_at_link_end(self, block_id: str, port: str, pos: QPoint) -> QuickMenu:
        """A link was dropped on nothing: what shall be at its other end? ``port`` "" is the output."""
        menu = self._quick(pos, None if port else takes_input)
        menu.chosen.connect(partial(self._editor.add_method_at_port, block_id, port, self._view.mapToScene(pos)))
        return menu

    def swap(self, block_id: str) -> QuickMenu:
        """All methods that can stand in the place of a block."""
        place = self._editor.scene.shown(block_id).pos() + QPointF(30, 30)
        block = self._editor.document.pipeline.block(block_id)
        menu = self._quick(self._view.mapFromScene(place), partial(variants.can_stand_for, block))
        menu.chosen.connect(partial(self._editor.swap, block_id))
        return menu

    def insert(self, link: Link, pos: QPoint) -> QuickMenu:
        """All methods that can stand in a link."""
        menu = self._quick(pos, takes_input)
        menu.chosen.connect(partial(self._editor.insert_method, link))
        return menu

    def _quick(self, pos: QPoint, allowed: Callable[[MethodInfo], bool] | None = None) -> QuickMenu:
        menu = QuickMenu(self._view)
        menu.open_at(self._view.viewport().mapToGlobal(pos), allowed)
        return menu

    # -- context menus ---------------------------------------------------------------------------------------------
    def context(self, item: BlockItem | CommentItem | LinkItem | GroupFrame | None, pos: QPoint) -> QMenu:
        """The menu for an item (selected by this) or for the empty canvas."""
        editor = self._editor
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if isinstance(item, GroupFrame):
            editor.scene.select(item.ids)
            self._add_frame_entries(menu, item)
            return menu
        if isinstance(item, GroupItem) and not item.isSelected():
            editor.scene.select(item.ids)
        elif item is not None and not item.isSelected():
            editor.scene.clearSelection()
            item.setSelected(True)
        if isinstance(item, GroupItem):
            self._add_group_entries(menu, item)
        elif isinstance(item, BlockItem):
            self._add_block_entries(menu, item.block.id)
        if isinstance(item, LinkItem):
            look = partial(self.link_activated.emit, item.link.source)
            add_action(menu, "inspect", self.tr("Look inside"), look)
            add_action(menu, "new", self.tr("Insert here…"), partial(self.insert, item.link, pos))
            add_action(menu, "delete", self.tr("Remove link"), editor.delete_selected)
            return menu
        if isinstance(item, CommentItem):
            add_action(menu, "comment", self.tr("Edit comment"), item.text.start)
        if item is not None:
            add_action(menu, "duplicate", self.tr("Duplicate"), editor.duplicate)
            add_action(menu, "copy", self.tr("Copy"), editor.copy)
            add_action(menu, "cut", self.tr("Cut"), editor.cut)
            add_action(menu, "delete", self.tr("Delete"), editor.delete_selected)
            if isinstance(item, BlockItem):
                add_action(menu, "comment", self.tr("Frame"), editor.frame)
            if isinstance(item, BlockItem) and not isinstance(item, GroupItem):
                if len(editor.selected_ids()) > 1 or editor.document.pipeline.group_of(item.block.id) is not None:
                    add_action(menu, "group", self.tr("Fold into one card") + "\tCtrl+G", editor.fold)
                if editor.document.pipeline.group_of(item.block.id) is not None:
                    add_action(menu, "sweep", self.tr("Take the group apart") + "\tCtrl+Shift+G", editor.unfold)
                menu.addSeparator()
                add_input_menus(menu, editor.document, item.block.id)
            return menu
        self._add_canvas_entries(menu, pos)
        return menu

    def _add_block_entries(self, menu: QMenu, name: str) -> None:
        add_action(menu, "run_to", self.tr("Run to here"), partial(self.run_to_here_requested.emit, name))
        add_action(menu, "settings", self.tr("Settings"), partial(self.block_activated.emit, name))
        add_action(menu, "new", self.tr("Add after…"), partial(self.add_after, name))
        block = self._editor.document.pipeline.block(name)
        if block.inputs:
            text = self.tr("Take in again") if block.bypassed else self.tr("Bypass")
            add_action(menu, "bypass", f"{text}\tB", self._editor.bypass)
            add_action(menu, "branch", self.tr("Duplicate as branch"), self._editor.branch)
            add_action(menu, "swap", self.tr("Swap method…"), partial(self.swap, name))
        for index, letter in enumerate("AB"):
            text = self.tr("Compare as {letter}").format(letter=letter)
            add_action(menu, "compare", f"{text}\t{index + 1}", partial(self.compared_as.emit, letter))
        text = self.tr("Do not hold here") if name in self.held else self.tr("Hold after this block")
        add_action(menu, "pause", text, partial(self.hold_requested.emit, name))
        if variants.can_compare_rotations(self._editor.document.pipeline, name):
            add_action(menu, "rotation", self.tr("Compare rotations"), partial(self.rotations_requested.emit, name))
        menu.addSeparator()

    def _add_group_entries(self, menu: QMenu, item: GroupItem) -> None:
        """Of the card of a folded group: its own, and those of the block whose row is selected."""
        editor, pipeline = self._editor, self._editor.document.pipeline
        add_action(menu, "group", self.tr("Unfold") + "\tCtrl+Shift+G", editor.unfold)
        chosen = editor.selected_ids()
        if len(chosen) == 1:
            self._add_block_entries(menu, chosen[0])
        elif item.grouped.kind == "macro":
            last = item.ids[-1]
            add_action(menu, "run_to", self.tr("Run to here"), partial(self.run_to_here_requested.emit, last))
            add_action(menu, "new", self.tr("Add after…"), partial(self.add_after, last))
            add_action(menu, "settings", self.tr("Rename…"), partial(editor.rename_group, item.grouped.id))
            self._add_face(menu, item, pipeline)
            add_action(menu, "save_as", self.tr("Save among the blocks…"), partial(editor.save_group, item.grouped.id))
            menu.addSeparator()

    def _add_frame_entries(self, menu: QMenu, item: GroupFrame) -> None:
        """Of the title of a group that is not folded."""
        editor = self._editor
        add_action(menu, "group", self.tr("Fold into one card") + "\tCtrl+G", editor.fold)
        if item.grouped.kind == "macro":
            add_action(menu, "settings", self.tr("Rename…"), partial(editor.rename_group, item.grouped.id))
            add_action(menu, "save_as", self.tr("Save among the blocks…"), partial(editor.save_group, item.grouped.id))
        add_action(menu, "sweep", self.tr("Take the group apart") + "\tCtrl+Shift+G", editor.unfold)

    def _add_face(self, menu: QMenu, item: GroupItem, pipeline: Pipeline) -> None:
        """Which settings of its blocks can be read on the card."""
        below = menu.addMenu(icons.icon("settings"), self.tr("Settings on its face"))
        for name in item.ids:
            block = pipeline.block(name)
            inner = below.addMenu(icons.icon(describe.icon_name(block.method)), block.name)
            for face in folding.offered(pipeline, name):
                text = f"{folding.setting_title(pipeline, face)}: {folding.value_text(pipeline, face)}"
                add_action(inner, "", text, partial(self._editor.toggle_face, item.grouped.id, face))
                inner.actions()[-1].setCheckable(True)
                inner.actions()[-1].setChecked(face in item.grouped.face)

    def _add_canvas_entries(self, menu: QMenu, pos: QPoint) -> None:
        editor, place = self._editor, self._view.mapToScene(pos)
        add_action(menu, "new", self.tr("Add method…"), partial(self.add_at, pos))
        add_action(menu, "comment", self.tr("Add comment"), partial(editor.add_comment, place))
        add_action(menu, "paste", self.tr("Paste here"), partial(editor.paste, place))
        menu.actions()[-1].setEnabled(editor.can_paste())
        menu.addSeparator()
        add_action(menu, "select_all", self.tr("Select all"), editor.select_all)
        add_action(menu, "tidy", self.tr("Tidy up"), editor.tidy)
        add_action(menu, "zoom_fit", self.tr("Zoom to fit"), self.fit_requested.emit)


def takes_input(info: MethodInfo) -> bool:
    """Whether a method can follow a block."""
    return not info.is_source


def add_input_menus(menu: QMenu, document: Document, block_id: str) -> None:
    """A menu for each input of a block: what may be linked to it, and nothing."""
    pipeline = document.pipeline
    fed = pipeline.block(block_id)
    for port in fed.inputs:
        now = pipeline.into(block_id).get(port)
        title = QCoreApplication.translate("menus", "Input: {0}").format(port)
        below = menu.addMenu(icons.icon("link"), title)
        for block in pipeline.blocks:
            if block.id != now and edits.refusal(pipeline, block.id, block_id, port):
                continue
            link = Link(source=block.id, target=block_id, port=port)
            add_action(below, describe.icon_name(block.method), _titled(block), partial(_link, document, link))
            below.actions()[-1].setCheckable(True)
            below.actions()[-1].setChecked(block.id == now)
        if port in fed.optional_inputs:
            text = QCoreApplication.translate("menus", "The original model (no link)")
        else:
            text = QCoreApplication.translate("menus", "No link")
        below.addSeparator()
        add_action(below, "close", text, partial(_unlink, document, block_id, port))
        below.actions()[-1].setCheckable(True)
        below.actions()[-1].setChecked(now is None)


def _titled(block: Block) -> str:
    summary = block.summary()
    return f"{block.name}  ·  {summary}" if summary else block.name


def _link(document: Document, link: Link) -> None:
    document.change(QCoreApplication.translate("menus", "Link blocks"), document.pipeline.with_link(link))


def _unlink(document: Document, block_id: str, port: str) -> None:
    source = document.pipeline.into(block_id).get(port)
    if source is not None:
        changed = document.pipeline.without_link(Link(source=source, target=block_id, port=port))
        document.change(QCoreApplication.translate("menus", "Remove link"), changed)


def add_action(menu: QMenu, icon: str, text: str, verb: Callable[[], object]) -> None:
    """An entry of a menu that calls ``verb`` without arguments."""
    action = menu.addAction(icons.icon(icon), text) if icon else menu.addAction(text)
    action.triggered.connect(partial(_call, verb))


def _call(verb: Callable[[], object], checked: bool = False) -> None:
    """Drops the argument of ``triggered``, which verbs with a default would take for their own."""
    verb()
