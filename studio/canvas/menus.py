"""The menus of blocks, on the canvas and in the outline: lists of methods with what their choice leads to, and the
context menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QGraphicsView, QMenu, QWidget

from engine.methods.base import MethodInfo
from engine.pipeline import edits, folding, variants
from engine.pipeline.document import Block, Link
from studio.canvas import describe
from studio.canvas.card import BlockItem
from studio.canvas.editor import CanvasEditor
from studio.canvas.groupcard import GroupItem
from studio.canvas.groupframe import GroupFrame
from studio.canvas.items import CommentItem, LinkItem
from studio.canvas.quickmenu import QuickMenu
from studio.engine_words import block_name, engine_word
from studio.kit import icons


class BlockMenus(QObject):
    """Context menus of blocks. Made and owned by the widget that shows the blocks."""

    def __init__(self, widget: QWidget, editor: CanvasEditor) -> None:
        super().__init__(widget)
        self._widget, self._editor = widget, editor

    def menu_position(self, block_id: str, *, behind: bool) -> QPoint:
        """Screen position of the list of methods for a block. ``behind``: the list of methods that can follow it."""
        raise NotImplementedError

    # -- lists of methods ------------------------------------------------------------------------------------------
    def add_after(self, block_id: str) -> QuickMenu:
        """All methods that can follow a block."""
        verb = partial(self._editor.add_method_after, block_id)
        return self.quick(self.menu_position(block_id, behind=True), verb, _takes_input)

    def swap(self, block_id: str) -> QuickMenu:
        """All methods that can stand in the place of a block."""
        allowed = partial(variants.can_stand_for, self._editor.document.pipeline.block(block_id))
        return self.quick(self.menu_position(block_id, behind=False), partial(self._editor.swap, block_id), allowed)

    def quick(
        self, position: QPoint, verb: Callable[[str], object], allowed: Callable[[MethodInfo], bool] | None = None
    ) -> QuickMenu:
        """A list of the allowed methods (all by default) at a place of the screen; the chosen one goes to ``verb``."""
        menu = QuickMenu(self._widget)
        menu.open_at(position, allowed)
        menu.chosen.connect(verb)
        return menu

    # -- entries of context menus ----------------------------------------------------------------------------------
    def new_menu(self) -> QMenu:
        """An empty menu that is gone when it closes."""
        menu = QMenu(self._widget)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def add_verbs(self, menu: QMenu, name: str) -> None:
        """Add the actions on a block."""
        editor = self._editor
        add_action(menu, "run_to", self.tr("Run to here"), partial(editor.run_to_here_requested.emit, name))
        add_action(menu, "settings", self.tr("Settings"), partial(editor.block_activated.emit, name))
        add_action(menu, "new", self.tr("Add after…"), partial(self.add_after, name))
        block = editor.document.pipeline.block(name)
        if block.inputs:
            text = self.tr("Stop bypassing") if block.bypassed else self.tr("Bypass")
            add_action(menu, "bypass", f"{text}\tB", editor.bypass)
            add_action(menu, "branch", self.tr("Duplicate as branch"), editor.branch)
            add_action(menu, "swap", self.tr("Swap method…"), partial(self.swap, name))
        for index, letter in enumerate("AB"):
            text = self.tr("Compare as {letter}").format(letter=letter)
            add_action(menu, "compare", f"{text}\t{index + 1}", partial(editor.compared_as.emit, letter))
        text = (
            self.tr("Don't pause after this block")
            if editor.scene.blocks[name].pauses_after
            else self.tr("Pause after this block")
        )
        add_action(menu, "pause", text, partial(editor.hold_requested.emit, name))
        if variants.can_compare_rotations(editor.document.pipeline, name):
            add_action(menu, "rotation", self.tr("Compare rotations"), partial(editor.rotations_requested.emit, name))
        menu.addSeparator()

    def add_inputs(self, menu: QMenu, block_id: str) -> None:
        """A menu for each input of a block: what may be linked to it, and nothing."""
        pipeline = self._editor.document.pipeline
        fed = pipeline.block(block_id)
        for port in fed.inputs:
            now = pipeline.into(block_id).get(port)
            below = menu.addMenu(icons.icon("link"), self.tr("Input: {0}").format(port))
            for block in pipeline.blocks:
                if block.id == now or not edits.refusal(pipeline, block.id, block_id, port):
                    link = Link(source=block.id, target=block_id, port=port)
                    picture, verb = describe.icon_name(block.method), partial(self._editor.link, link)
                    add_action(below, picture, _titled(block), verb, checked=block.id == now)
            optional = port in fed.optional_inputs
            text = self.tr("The original model (not linked)") if optional else self.tr("Not linked")
            current = Link(source=now, target=block_id, port=port) if now is not None else None
            below.addSeparator()
            add_action(below, "close", text, partial(self._editor.unlink, current), checked=now is None)


class CanvasMenus(BlockMenus):
    """The menus of the canvas. Places are in viewport pixels."""

    fit_requested = Signal()

    def __init__(self, view: QGraphicsView, editor: CanvasEditor) -> None:
        super().__init__(view, editor)
        self._view = view

    def menu_position(self, block_id: str, *, behind: bool) -> QPoint:
        """See `BlockMenus`."""
        card = self._editor.scene.shown(block_id)
        position = card.output_pos() + QPointF(20, 0) if behind else card.pos() + QPointF(30, 30)
        return self._global(self._view.mapFromScene(position))

    def add_at(self, pos: QPoint) -> QuickMenu:
        """All methods; the chosen one stands here."""
        return self.quick(self._global(pos), partial(self._editor.add_method_at, self._view.mapToScene(pos)))

    def add_at_link_end(self, block_id: str, port: str, pos: QPoint) -> QuickMenu:
        """A link was dropped on nothing: what shall be at its other end? ``port`` "" is the output."""
        verb = partial(self._editor.add_method_at_port, block_id, port, self._view.mapToScene(pos))
        return self.quick(self._global(pos), verb, None if port else _takes_input)

    def insert(self, link: Link, pos: QPoint) -> QuickMenu:
        """All methods that can stand in a link."""
        return self.quick(self._global(pos), partial(self._editor.insert_method, link), _takes_input)

    def _global(self, pos: QPoint) -> QPoint:
        return self._view.viewport().mapToGlobal(pos)

    def context(self, item: BlockItem | CommentItem | LinkItem | GroupFrame | None, pos: QPoint) -> QMenu:
        """The menu for an item (selected by this) or for the empty canvas."""
        menu, editor = self.new_menu(), self._editor
        if item is None:
            self._add_canvas_entries(menu, pos)
            return menu
        editor.scene.select_item(item)
        if isinstance(item, GroupFrame):
            self._add_frame_entries(menu, item)
        elif isinstance(item, LinkItem):
            look = partial(editor.link_activated.emit, item.link.source)
            add_action(menu, "inspect", self.tr("Inspect"), look)
            add_action(menu, "new", self.tr("Insert here…"), partial(self.insert, item.link, pos))
            add_action(menu, "delete", self.tr("Remove link"), editor.delete_selected)
        elif isinstance(item, CommentItem):
            add_action(menu, "comment", self.tr("Edit comment"), item.text.start)
            self._add_clipboard_entries(menu)
        else:
            self._add_card_entries(menu, item)
        return menu

    def _add_card_entries(self, menu: QMenu, item: BlockItem) -> None:
        """Of the card of a block, or of a folded group."""
        if isinstance(item, GroupItem):
            self._add_group_entries(menu, item)
        else:
            self.add_verbs(menu, item.block.id)
        self._add_clipboard_entries(menu)
        add_action(menu, "comment", self.tr("Frame"), self._editor.frame)
        if not isinstance(item, GroupItem):
            grouped = self._editor.document.pipeline.group_of(item.block.id) is not None
            if grouped or len(self._editor.selected_ids()) > 1:
                add_action(menu, "group", self.tr("Fold into one card") + "\tCtrl+G", self._editor.fold)
            if grouped:
                add_action(menu, "sweep", self.tr("Ungroup") + "\tCtrl+Shift+G", self._editor.unfold)
            menu.addSeparator()
            self.add_inputs(menu, item.block.id)

    def _add_clipboard_entries(self, menu: QMenu) -> None:
        add_action(menu, "duplicate", self.tr("Duplicate"), self._editor.duplicate)
        add_action(menu, "copy", self.tr("Copy"), self._editor.copy)
        add_action(menu, "cut", self.tr("Cut"), self._editor.cut)
        add_action(menu, "delete", self.tr("Delete"), self._editor.delete_selected)

    def _add_group_entries(self, menu: QMenu, item: GroupItem) -> None:
        """Of the card of a folded group: its own, and those of the block whose row is selected."""
        editor = self._editor
        add_action(menu, "group", self.tr("Unfold") + "\tCtrl+Shift+G", editor.unfold)
        chosen = editor.selected_ids()
        if len(chosen) == 1:
            self.add_verbs(menu, chosen[0])
        elif item.grouped.kind == "macro":
            last = item.ids[-1]
            add_action(menu, "run_to", self.tr("Run to here"), partial(editor.run_to_here_requested.emit, last))
            add_action(menu, "new", self.tr("Add after…"), partial(self.add_after, last))
            add_action(menu, "settings", self.tr("Rename…"), partial(editor.rename_group, item.grouped.id))
            self._add_face(menu, item)
            add_action(menu, "save_as", self.tr("Save as a block…"), partial(editor.save_group, item.grouped.id))
            menu.addSeparator()

    def _add_frame_entries(self, menu: QMenu, item: GroupFrame) -> None:
        """Of the title of a group that is not folded."""
        editor = self._editor
        add_action(menu, "group", self.tr("Fold into one card") + "\tCtrl+G", editor.fold)
        if item.grouped.kind == "macro":
            add_action(menu, "settings", self.tr("Rename…"), partial(editor.rename_group, item.grouped.id))
            add_action(menu, "save_as", self.tr("Save as a block…"), partial(editor.save_group, item.grouped.id))
        add_action(menu, "sweep", self.tr("Ungroup") + "\tCtrl+Shift+G", editor.unfold)

    def _add_face(self, menu: QMenu, item: GroupItem) -> None:
        """Add a submenu that chooses the settings that the group's card shows."""
        below, pipeline = menu.addMenu(icons.icon("settings"), self.tr("Settings shown on the card")), item.pipeline
        for name in item.ids:
            block = pipeline.block(name)
            inner = below.addMenu(icons.icon(describe.icon_name(block.method)), block_name(block))
            for face in folding.offered(pipeline, name):
                title, value = folding.setting_title(pipeline, face), folding.value_text(pipeline, face)
                text = f"{engine_word(title)}: {engine_word(value)}"
                verb = partial(self._editor.toggle_face, item.grouped.id, face)
                add_action(inner, "", text, verb, checked=face in item.grouped.face)

    def _add_canvas_entries(self, menu: QMenu, pos: QPoint) -> None:
        editor, position = self._editor, self._view.mapToScene(pos)
        add_action(menu, "new", self.tr("Add method…"), partial(self.add_at, pos))
        add_action(menu, "comment", self.tr("Add comment"), partial(editor.add_comment, position))
        add_action(menu, "paste", self.tr("Paste here"), partial(editor.paste, position), enabled=editor.can_paste())
        menu.addSeparator()
        add_action(menu, "select_all", self.tr("Select all"), editor.select_all)
        add_action(menu, "tidy", self.tr("Tidy up"), editor.tidy)
        add_action(menu, "zoom_fit", self.tr("Zoom to fit"), self.fit_requested.emit)


def _takes_input(info: MethodInfo) -> bool:
    return not info.is_source


def _titled(block: Block) -> str:
    return "  ·  ".join(filter(None, (block_name(block), block.summary())))


def add_action(
    menu: QMenu,
    icon: str,
    text: str,
    verb: Callable[[], object],
    *,
    checked: bool | None = None,
    enabled: bool = True,
) -> None:
    """An entry of a menu that calls ``verb`` without arguments; ``checked``: of one that can be."""
    action = menu.addAction(icons.icon(icon), text) if icon else menu.addAction(text)
    action.setCheckable(checked is not None)
    action.setChecked(bool(checked))
    action.setEnabled(enabled)
    action.triggered.connect(partial(_call, verb))


def _call(verb: Callable[[], object], checked: bool = False) -> None:
    """Drops the argument of ``triggered``, which verbs with a default would take for their own."""
    verb()
