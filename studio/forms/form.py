"""The form at the side: the settings of the selected block, or of the pipeline when nothing is selected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QScrollArea, QToolButton, QVBoxLayout, QWidget

from engine.contracts.problem import Problem
from engine.contracts.settings import Settings, field_of
from engine.methods.base import FAMILY_TITLES, MethodInfo
from engine.pipeline import together
from engine.pipeline.document import Block, Evaluation, Pipeline, PipelineSettings
from engine.pipeline.texts import depends_on, inherited
from studio.canvas import describe
from studio.choosers.pick_request import Choice
from studio.document.document import Document
from studio.engine_words import block_name, engine_word, in_sentence
from studio.forms.editors import TextPicker
from studio.forms.section import FieldRow, Section
from studio.forms.values import preset_words, value_words
from studio.kit.layouts import FlowLayout, Part, hbox, vbox
from studio.kit.papers import linked
from studio.kit.theme import SPACING, theme
from studio.kit.widgets import Banner, IconLabel, label, make_tall, search_line, set_look, tool

MANY = 12
"""A form of so many settings has a search."""


class SettingsForm(QScrollArea):
    """The settings of one block, of several, or of the pipeline (`show_selection`), or those of any Settings class
    (`edit`). GUI thread only.

    Every edit is one undoable step, merged with others of the same field that follow quickly. Values that are not
    valid stay where they were typed, with the reason below them.
    """

    sweep_requested = Signal(str, str, list)
    """(id of the block, name of the setting, values to try)"""
    choice_requested = Signal(object)
    """A `Choice`: a setting that is picked in a dialog."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Settings"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sections: list[Section] = []
        self.block_ids: tuple[str, ...] = ()
        self._document: Document | None = None
        self._problems: dict[str, list[Problem]] = {}
        self._opened: dict[str, dict[str, bool]] = {}
        self._values: dict[str, Any] = {}
        self._on_change: Callable[[dict[str, Any]], None] | None = None
        theme().changed.connect(self._restyle)
        self._clear()

    # -- what is shown ---------------------------------------------------------------------------------------------
    @property
    def block_id(self) -> str | None:
        """The block that is shown, None for several or the pipeline."""
        return self.block_ids[0] if len(self.block_ids) == 1 else None

    @property
    def _pipeline(self) -> Pipeline:
        assert self._document is not None
        return self._document.pipeline

    def _blocks(self) -> list[Block]:
        return [self._pipeline.block(name) for name in self.block_ids]

    def show_selection(self, document: Document, ids: Sequence[str] = ()) -> None:
        """The settings of the one selected block, those that several have, or, if none is, the pipeline's; they follow
        the document."""
        existing = tuple(name for name in ids if document.pipeline.has(name))
        if document is not self._document or existing != self.block_ids:
            self._build(document, existing)

    def edit(
        self,
        title: str,
        settings: type[Settings],
        values: dict[str, Any],
        on_change: Callable[[dict[str, Any]], None],
    ) -> None:
        """A form of its own for any Settings class; ``on_change`` gets all values that differ from the defaults."""
        self._clear()
        self._values = dict(values)
        self._on_change = on_change
        if title:
            self._parts.append(label(title, self._page, bold=True, size=1))
        self._add_section(settings, settings.__name__, self._on_free_edited, self._on_free_reset)
        self._finish()
        self._show_values(self.sections[0], self._values)

    def set_problems(self, block_id: str, problems: Sequence[Problem]) -> None:
        """Store a check's problems by block; each is shown with its block."""
        self._problems[block_id] = list(problems)
        if block_id == self.block_id:
            self._show_problems()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """All that a check found, in the place of what was known before."""
        self.clear_problems()
        for block in {problem.block for problem in problems if problem.block}:
            self.set_problems(block, [problem for problem in problems if problem.block == block])

    def clear_problems(self) -> None:
        """Nothing is known to be wrong."""
        self._problems.clear()
        self._show_problems()

    def focus_editor(self) -> None:
        """Put the keyboard focus into the first setting."""
        if (row := next((row for row in self._rows() if not row.isHidden()), None)) is not None:
            row.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def toggle_help(self) -> bool:
        """Show or hide the help of the setting that has the focus; False if none has it."""
        focus = QApplication.focusWidget()
        row = next((row for row in self._rows() if focus is not None and row.isAncestorOf(focus)), None)
        if row is not None:
            row.help_button.toggle()
        return row is not None

    def _rows(self) -> list[FieldRow]:
        return [row for section in self.sections for row in section.rows.values()]

    # -- building --------------------------------------------------------------------------------------------------
    def _clear(self) -> None:
        if self._document is not None:
            self._document.changed.disconnect(self._on_changed)
        self._document = self._on_change = None
        self.block_ids = ()
        self.sections = []
        old = self.takeWidget()
        if old is not None:
            old.hide()
            old.deleteLater()
        self._page = QWidget()
        self._parts: list[Part] = []
        """Parts of the page, from top to bottom."""
        self._name: QLineEdit | None = None
        self._presets: dict[str, QToolButton] = {}
        self._notes: list[QWidget] = []
        self._note_place = QVBoxLayout()

    def _build(self, document: Document, ids: tuple[str, ...]) -> None:
        self._clear()
        self._document, self.block_ids = document, ids
        document.changed.connect(self._on_changed)
        blocks = self._blocks()
        if len(blocks) == 1:
            self._add_block(blocks[0])
        elif blocks:
            self._add_blocks(blocks)
        else:
            self._add_pipeline()
        self._finish()
        self._show_document()

    def _finish(self) -> None:
        margins = (2 * SPACING, SPACING + 4, SPACING, SPACING)
        self._page.setLayout(vbox(*self._parts, None, margins=margins, gap=SPACING))
        self.setWidget(self._page)
        self._page.show()  # a scroll area that is visible already doesn't do it

    def _say(self, text: str, look: str = "muted") -> None:
        self._parts.append(label(text, self._page, look=look))

    def _add_heading(self, icon: str, text: str, token: str) -> None:
        self._heading = IconLabel(icon, self._page, size=20, token=token)
        self._parts.append(hbox(self._heading, (label(text, self._page, bold=True, size=2), 1), gap=SPACING))

    def _tint(self, info: MethodInfo | None) -> str:
        return theme().tokens.family[info.family] if info else "error"

    def _restyle(self) -> None:
        """The icon of a block has the color of its family in this theme."""
        if self._document is not None and self.block_id is not None and self._pipeline.has(self.block_id):
            block = self._pipeline.block(self.block_id)
            self._heading.show_icon(describe.icon_name(block.method), self._tint(block.info))

    def _add_pipeline(self) -> None:
        """The pipeline's own settings and what is measured."""
        self._add_heading("template", self.tr("Pipeline"), "text")
        for settings, key in ((PipelineSettings, "pipeline"), (Evaluation, "evaluation")):
            if settings is Evaluation:
                self._parts += [SPACING, label(self.tr("Evaluation"), self._page, bold=True)]
            self._add_section(settings, key, partial(self._on_whole_edited, key), partial(self._on_whole_reset, key))

    def _add_blocks(self, blocks: list[Block]) -> None:
        """Show the settings that these blocks share; an edit applies to all of them."""
        self._add_heading("blocks", self.tr("%n blocks", "", len(blocks)), "text")
        counted = Counter(block_name(block) for block in blocks)
        self._say(", ".join(f"{title} × {count}" if count > 1 else title for title, count in counted.items()))
        names, info = together.shared(blocks), blocks[0].info
        if info is not None and names:
            self._add_section(info.settings, "together", self._on_blocks_edited, self._on_blocks_reset, names)
        else:
            self._say(self.tr("These blocks have no settings in common."))

    def _add_block(self, block: Block) -> None:
        info = block.info
        self._add_heading(
            describe.icon_name(block.method), engine_word(info.title) if info else block.method, self._tint(info)
        )
        if info is None:
            text = self.tr("The method “{0}” is not installed. Its settings are preserved.")
            self._say(text.format(block.method), "error")
            self._parts.append(self._note_place)
            return
        self._say(f"{engine_word(FAMILY_TITLES[info.family])} · {engine_word(info.summary)}")
        if info.paper:
            paper = label(linked(info.paper), self._page, look="muted")
            paper.setTextFormat(Qt.TextFormat.RichText)
            paper.setOpenExternalLinks(True)
            self._parts.append(paper)
        if info.origin:
            self._say(self.tr("From package {0}").format(info.origin))
        name = self.tr("Name of this block: {0}").format(engine_word(info.title))
        self._name = QLineEdit(self._page, placeholderText=name)
        self._name.textEdited.connect(self._on_name_edited)
        self._name.setAccessibleName(self.tr("Name of this block"))
        make_tall(self._name)
        self._parts += [self._name, self._note_place, SPACING // 2]
        self._add_presets(info)
        self._add_section(info.settings, info.id, self._on_blocks_edited, self._on_blocks_reset)

    def _add_presets(self, info: MethodInfo) -> None:
        """Add the method's presets, and a search where there are many settings."""
        presets = info.settings.presets()
        holder = QWidget(self._page)
        row = FlowLayout(holder)
        for name, values in presets.items():
            tip, verb = preset_words(info.settings, values), partial(self._on_preset, info, name)
            self._presets[name] = control = tool(engine_word(name), tip, holder, name=engine_word(name), on=verb)
            control.setCheckable(True)
            set_look(control, "chip")
            row.addWidget(control)
        holder.setVisible(bool(presets))
        self._parts.append(holder)
        if len(info.settings.model_fields) >= MANY:
            self.search = search_line(self.tr("Find a setting"), self._page)
            self.search.textChanged.connect(self._on_search)
            self._nothing = label(self.tr("No matching settings."), self._page, look="muted")
            self._nothing.hide()
            self._parts += [self.search, self._nothing]

    def _add_section(
        self,
        settings: type[Settings],
        key: str,
        edited: Callable[[str, Any], None],
        reset: Callable[[str], None],
        only: Sequence[str] | None = None,
    ) -> None:
        """``edited`` and ``reset`` hear what the user does to a setting, by its name."""
        one = self.block_id is not None
        section = Section(settings, self._page, opened=self._opened.get(key), sweeps=one, only=only)
        section.setObjectName(key)
        section.toggled.connect(partial(self._on_toggled, key))
        for row in section.rows.values():
            row.edited.connect(edited)
            row.reset.connect(reset)
            row.swept.connect(self._on_swept)
            row.pick_requested.connect(partial(self._on_pick_requested, section, edited))
        self.sections.append(section)
        if self._note_place not in self._parts:
            self._parts.append(self._note_place)
        self._parts.append(section)

    # -- from the document to the editors --------------------------------------------------------------------------
    def _on_changed(self, old: Pipeline, new: Pipeline) -> None:
        document = self._document
        if document is None:
            return
        ids = tuple(name for name in self.block_ids if new.has(name))
        pairs = [(old.block(name), new.block(name)) for name in ids if old.has(name)]
        if ids != self.block_ids or any(before.method != after.method for before, after in pairs):
            self._build(document, ids)
        elif (
            len(pairs) < len(ids)
            or not ids
            or any(before is not after for before, after in pairs)
            or depends_on(old) != depends_on(new)
        ):
            self._show_document()

    def _show_document(self) -> None:
        blocks = self._blocks()
        for row in self._rows():
            if isinstance(row.editor, TextPicker) and row not in self._rows_of("pipeline"):
                row.editor.set_inherited(inherited(self._pipeline, self.block_ids[0] if blocks else None))
        if len(blocks) > 1:
            self._show_together(blocks)
        elif blocks:
            self._show_block(blocks[0])
        else:
            for section in self.sections:
                self._show_values(section, self._whole(section.objectName()))

    def _show_block(self, block: Block) -> None:
        if self._name is not None and self._name.text() != block.title:
            self._name.setText(block.title)
        for name, control in self._presets.items():
            control.setChecked(self.sections[0].settings.with_preset(block.settings, name) == block.settings)
        if self.sections:
            self._show_values(self.sections[0], block.settings)
        else:
            self._show_problems()

    def _show_together(self, blocks: list[Block]) -> None:
        """The values that all have; of others the first, and below it which there are."""
        for section in self.sections:
            shared = {name: together.values(blocks, name) for name in section.rows}
            self._show_values(section, {name: values[0] for name, values in shared.items()})
            for name, values in shared.items():
                shown = "; ".join(value_words(section.rows[name].info, value) for value in values)
                section.rows[name].show_note(self.tr("Different: {0}").format(shown) if len(values) > 1 else "")

    def _show_values(self, section: Section, values: dict[str, Any]) -> None:
        loose = section.show_values(values)
        if section is self.sections[0]:
            self._show_problems(loose)

    def _show_problems(self, loose: Sequence[str] = ()) -> None:
        for note in self._notes:
            note.hide()
            note.deleteLater()
        self._notes = []
        remarks = [("error", text[:1].upper() + text[1:]) for text in loose]
        remarks += [(problem.severity, str(problem)) for problem in self._problems.get(self.block_id or "", ())]
        for kind, text in remarks:
            note = Banner(self._page)
            note.show_message(kind, text)
            self._note_place.addWidget(note)
            self._notes.append(note)

    # -- from the editors to the document --------------------------------------------------------------------------
    def _change(self, label_text: str, pipeline: Pipeline, merge: str) -> None:
        assert self._document is not None
        self._document.change(label_text, pipeline, merge=merge)

    def _on_blocks_edited(self, name: str, value: Any) -> None:
        self._store(name, together.with_value(self._pipeline, self.block_ids, name, value))

    def _on_blocks_reset(self, name: str) -> None:
        self._store(name, together.without_value(self._pipeline, self.block_ids, name))

    def _store(self, name: str, pipeline: Pipeline) -> None:
        field, blocks = field_of(self.sections[0].settings, name), self._blocks()
        title = in_sentence(field.title if field is not None else name)
        if len(blocks) == 1:
            text = self.tr("Change {0} of {1}").format(title, block_name(blocks[0]))
        else:
            text = self.tr("Change {0} of %n blocks", "", len(blocks)).format(title)
        self._change(text, pipeline, f"{' '.join(self.block_ids)}.{name}")

    def _on_name_edited(self, text: str) -> None:
        block = self._blocks()[0].model_copy(update={"title": text.strip() and text})
        self._change(self.tr("Rename block"), self._pipeline.with_block(block), f"{block.id} title")

    def _on_preset(self, info: MethodInfo, name: str, checked: bool = False) -> None:
        """Take a preset over: what any preset speaks of is as this one says, all else stays."""
        (block,) = self._blocks()
        changed = block.model_copy(update={"settings": info.settings.with_preset(block.settings, name)})
        text = self.tr("{preset} settings of {block}").format(preset=engine_word(name), block=block_name(block))
        self._change(text, self._pipeline.with_block(changed), f"{block.id} preset")
        self._show_document()

    def _whole(self, key: str) -> dict[str, Any]:
        """The values of the settings of the "pipeline" or of its "evaluation"."""
        return self._pipeline.evaluation.model_dump() if key == "evaluation" else self._pipeline.own()

    def _on_whole_edited(self, key: str, name: str, value: Any) -> None:
        """Apply a valid edit; invalid settings can't be in a pipeline and stay in the editor."""
        values = {**self._whole(key), name: value}
        wrong = (Evaluation if key == "evaluation" else PipelineSettings).problems(values)
        for row in self._rows_of(key):
            row.show_error(wrong.get(row.info.name, ""))
        if wrong:
            return
        if key == "evaluation":
            text, changed = self.tr("Change evaluation"), {"evaluation": Evaluation.parse(values)}
        else:
            text, changed = self.tr("Change the pipeline's {0}").format(name), {name: value}
        self._change(text, self._pipeline.model_copy(update=changed), f"{key}.{name}")

    def _on_whole_reset(self, key: str, name: str) -> None:
        (default,) = (row.info.default for row in self._rows_of(key) if row.info.name == name)
        self._on_whole_edited(key, name, default)
        self._show_document()

    def _rows_of(self, key: str) -> list[FieldRow]:
        return [row for section in self.sections if section.objectName() == key for row in section.rows.values()]

    def _on_free_edited(self, name: str, value: Any) -> None:
        self._free(self.sections[0].settings.with_value(self._values, name, value))

    def _on_free_reset(self, name: str) -> None:
        self._free({key: value for key, value in self._values.items() if key != name})

    def _free(self, values: dict[str, Any]) -> None:
        self._values = values
        self._show_values(self.sections[0], values)
        if self._on_change is not None:
            self._on_change(dict(values))

    # -- what the rows ask for -------------------------------------------------------------------------------------
    def _on_pick_requested(self, section: Section, edited: Callable[[str, Any], None], name: str) -> None:
        """The value of a setting is picked in a dialog; it comes back as if it were typed."""
        info, scope = section.rows[name].info, section.objectName()
        if self._document is None:
            value = self._values.get(name, info.default)
        elif self.block_ids:
            scope, value = self.block_ids[0], together.values(self._blocks(), name)[0]
        else:
            value = self._whole(scope)[name]
        self.choice_requested.emit(Choice(scope, info, value, partial(self._apply_pick, self.block_ids, edited, name)))

    def _apply_pick(self, ids: tuple[str, ...], edited: Callable[[str, Any], None], name: str, value: Any) -> None:
        if ids == self.block_ids:  # the same blocks are still shown
            edited(name, value)
            if self._document is not None:
                self._show_document()

    def _on_search(self, text: str) -> None:
        counts = [section.search(text.strip()) for section in self.sections]
        self._nothing.setVisible(not any(counts))

    def _on_swept(self, name: str, values: list[Any]) -> None:
        if self.block_id is not None:
            self.sweep_requested.emit(self.block_id, name, values)

    def _on_toggled(self, key: str, what: str, on: bool) -> None:
        self._opened.setdefault(key, {})[what] = on
