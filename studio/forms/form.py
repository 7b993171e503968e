"""The form at the side: the settings of the selected block, or of the pipeline when nothing is selected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.contracts.errors import BadInput
from engine.contracts.problem import Problem
from engine.contracts.settings import Settings, setting
from engine.data.texts import BUNDLED
from engine.methods.base import FAMILY_TITLES, MethodInfo
from engine.pipeline import together
from engine.pipeline.document import Block, Evaluation, Pipeline
from engine.pipeline.texts import depends_on, inherited
from studio.canvas import describe
from studio.choosers.choice import Choice
from studio.document import Document
from studio.forms.editors import HEIGHT
from studio.forms.pickers import TextPicker
from studio.forms.section import Section
from studio.forms.values import linked, preset_words, value_words
from studio.icons import icon
from studio.plaintext import as_plain
from studio.theme import SPACING, theme
from studio.widgets import Banner, FlowLayout, IconLabel, label, set_look

MANY = 12
"""A form of so many settings has a search."""


class PipelineSettings(Settings):
    """What a pipeline says of itself."""

    text: str = setting(
        BUNDLED,
        title="Texts",
        help="What blocks are calibrated and trained on, and what is measured on, unless they say otherwise. Bundled: "
        "the mixed texts, or those of the sample for the sample model.",
        kind="dataset",
    )
    name: str = setting("Untitled", title="Name", help="Shown in the window's title, the history and the reports.")
    description: str = setting("", title="Description", help="What it is for. Goes into reports.", kind="paragraph")
    seed: int = setting(
        0, title="Seed", help="All random numbers of a run come from it: the same seed gives the same result.", ge=0
    )


class SettingsForm(QScrollArea):
    """One of: a block (`show_block`), the pipeline (`show_pipeline`), any Settings class (`edit`). GUI thread only.

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

    def show_block(self, document: Document, block_id: str) -> None:
        """The settings of a block; they follow the document. An unknown id shows the pipeline."""
        if not document.pipeline.has(block_id):
            self.show_pipeline(document)
            return
        if document is self._document and block_id == self.block_id:
            return
        self._clear()
        self._follow(document)
        self.block_ids = (block_id,)
        block = document.pipeline.block(block_id)
        info = block.info
        self._add_block_header(block, info)
        if info is not None:
            self._add_presets(info)
            self._add_section(info.settings, info.id, self._on_blocks_edited, self._on_blocks_reset)
        self._finish()
        self._show_document()

    def show_pipeline(self, document: Document) -> None:
        """The pipeline's own settings and what is measured."""
        if document is self._document and not self.block_ids:
            return
        self._clear()
        self._follow(document)
        self._add_heading("template", self.tr("Pipeline"), "text")
        self._add_section(PipelineSettings, "pipeline", self._on_pipeline_edited, self._on_pipeline_reset)
        self._layout.addSpacing(SPACING)
        self._layout.addWidget(label(self.tr("Measuring"), self._page, bold=True))
        self._add_section(Evaluation, "evaluation", self._on_evaluation_edited, self._on_evaluation_reset)
        self._finish()
        self._show_document()

    def show_selection(self, document: Document, ids: list[str]) -> None:
        """The settings of the one selected block, those that several have, or, if none is, the pipeline's."""
        known = [name for name in ids if document.pipeline.has(name)]
        if len(known) == 1:
            self.show_block(document, known[0])
        elif known:
            self._show_blocks(document, tuple(known))
        else:
            self.show_pipeline(document)

    def _show_blocks(self, document: Document, ids: tuple[str, ...]) -> None:
        """What these blocks have in common; an edit is one for all of them."""
        if document is self._document and ids == self.block_ids:
            return
        self._clear()
        self._follow(document)
        self.block_ids = ids
        blocks = [document.pipeline.block(name) for name in ids]
        self._add_heading("blocks", self.tr("{0} blocks").format(len(ids)), "text")
        counted = Counter(block.name for block in blocks)
        titles = ", ".join(f"{title} × {count}" if count > 1 else title for title, count in counted.items())
        self._layout.addWidget(label(titles, self._page, look="muted"))
        names, info = together.shared(blocks), blocks[0].info
        if info is not None and names:
            self._layout.addLayout(self._note_place)
            self._add_section(info.settings, "together", self._on_blocks_edited, self._on_blocks_reset, names)
        else:
            text = self.tr("These blocks have no setting in common.")
            self._layout.addWidget(label(text, self._page, look="muted"))
        self._finish()
        self._show_document()

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
            self._layout.addWidget(label(title, self._page, bold=True, size=1))
        self._add_section(settings, settings.__name__, self._on_free_edited, self._on_free_reset)
        self._finish()
        self._show_values(self.sections[0], self._values)

    def set_problems(self, block_id: str, problems: Sequence[Problem]) -> None:
        """What a check found about a block; shown whenever the block is."""
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
        for section in self.sections:
            for row in section.rows.values():
                if not row.isHidden():
                    row.editor.setFocus(Qt.FocusReason.OtherFocusReason)
                    return

    def toggle_help(self) -> bool:
        """Show or hide the help of the setting that has the focus; False if none has it."""
        focus = QApplication.focusWidget()
        rows = [row for section in self.sections for row in section.rows.values()]
        row = next((row for row in rows if focus is not None and row.isAncestorOf(focus)), None)
        if row is not None:
            row.help_button.toggle()
        return row is not None

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
        self._layout = QVBoxLayout(self._page)
        self._layout.setContentsMargins(2 * SPACING, SPACING + 4, SPACING, SPACING)
        self._layout.setSpacing(SPACING)
        self._name: QLineEdit | None = None
        self._presets: dict[str, QToolButton] = {}
        self._notes: list[QWidget] = []
        self._note_place = QVBoxLayout()

    def _follow(self, document: Document) -> None:
        self._document = document
        document.changed.connect(self._on_changed)

    def _finish(self) -> None:
        self._layout.addStretch(1)
        self.setWidget(self._page)
        self._page.show()  # a scroll area that is visible already doesn't do it

    def _add_heading(self, icon: str, text: str, token: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        self._heading = IconLabel(icon, self._page, size=20, token=token)
        row.addWidget(self._heading)
        row.addWidget(label(text, self._page, bold=True, size=2), 1)
        self._layout.addLayout(row)

    def _tint(self, info: MethodInfo | None) -> str:
        return theme().tokens.family[info.family] if info else "error"

    def _restyle(self) -> None:
        """The icon of a block has the color of its family in this theme."""
        if self._document is not None and self.block_id is not None and self._document.pipeline.has(self.block_id):
            block = self._document.pipeline.block(self.block_id)
            self._heading.show_icon(describe.icon_name(block.method), self._tint(block.info))

    def _add_block_header(self, block: Block, info: MethodInfo | None) -> None:
        title = info.title if info else block.method
        self._add_heading(describe.icon_name(block.method), title, self._tint(info))
        if info is None:
            text = self.tr("This program does not have the method '{0}'. Its settings are kept as they are.")
            self._layout.addWidget(label(text.format(block.method), self._page, look="error"))
            self._layout.addLayout(self._note_place)
            return
        self._layout.addWidget(label(f"{FAMILY_TITLES[info.family]} · {info.summary}", self._page, look="muted"))
        if info.paper:
            paper = label(linked(info.paper), self._page, look="muted")
            paper.setTextFormat(Qt.TextFormat.RichText)
            paper.setOpenExternalLinks(True)
            self._layout.addWidget(paper)
        if info.origin:
            origin = self.tr("From the package {0}").format(info.origin)
            self._layout.addWidget(label(origin, self._page, look="muted"))
        self._name = QLineEdit(self._page)
        self._name.setPlaceholderText(self.tr("Name of this block: {0}").format(info.title))
        self._name.setAccessibleName(self.tr("Name of this block"))
        self._name.setMinimumHeight(HEIGHT)
        self._name.textEdited.connect(self._on_name_edited)
        self._layout.addWidget(self._name)
        self._layout.addLayout(self._note_place)
        self._layout.addSpacing(SPACING // 2)

    def _add_presets(self, info: MethodInfo) -> None:
        """What the method offers as a whole, and a search where there are many settings."""
        presets = info.settings.presets()
        place = QWidget(self._page)
        row = FlowLayout(place)
        for name, values in presets.items():
            made = QToolButton(place)
            made.setText(name)
            made.setToolTip(as_plain(preset_words(info.settings, values)))
            set_look(made, "chip")
            made.setCheckable(True)
            made.clicked.connect(partial(self._on_preset, name))
            row.addWidget(made)
            self._presets[name] = made
        place.setVisible(bool(presets))
        self._layout.addWidget(place)
        if len(info.settings.model_fields) >= MANY:
            self.search = QLineEdit(self._page)
            self.search.setPlaceholderText(self.tr("Find a setting"))
            self.search.setAccessibleName(self.tr("Find a setting"))
            self.search.setClearButtonEnabled(True)
            self.search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
            self.search.textChanged.connect(self._on_search)
            self._nothing = label(self.tr("No setting has these words."), self._page, look="muted")
            self._nothing.hide()
            self._layout.addWidget(self.search)
            self._layout.addWidget(self._nothing)

    def _on_search(self, text: str) -> None:
        found = [section.search(text.strip()) for section in self.sections]
        self._nothing.setVisible(not any(found))

    def _on_preset(self, name: str, checked: bool = False) -> None:
        """Take a preset over: what any preset speaks of is as this one says, all else stays."""
        assert self._document is not None
        block, info = self._block(), self._block().info
        assert info is not None
        changed = block.model_copy(update={"settings": info.settings.with_preset(block.settings, name)})
        text = self.tr("{preset} settings of {block}").format(preset=name, block=block.name)
        self._change(text, self._document.pipeline.with_block(changed), f"{block.id} preset")
        self._show_document()

    def _add_section(
        self,
        settings: type[Settings],
        key: str,
        edited: Callable[[str, Any], None],
        reset: Callable[[str], None],
        only: Sequence[str] | None = None,
    ) -> None:
        one = self.block_id is not None
        section = Section(settings, self._page, opened=self._opened.get(key), sweeps=one, only=only)
        section.setObjectName(key)
        section.edited.connect(edited)
        section.reset.connect(reset)
        section.toggled.connect(partial(self._on_toggled, key))
        section.swept.connect(self._on_swept)
        section.asked.connect(partial(self._on_asked, section, edited))
        self.sections.append(section)
        if self._note_place.parent() is None:
            self._layout.addLayout(self._note_place)
        self._layout.addWidget(section)

    # -- from the document to the editors --------------------------------------------------------------------------
    def _on_changed(self, old: Pipeline, new: Pipeline) -> None:
        document = self._document
        if document is None:
            return
        if len(self.block_ids) > 1:
            self._on_several_changed(document, old, new)
        elif self.block_id is not None and not new.has(self.block_id):
            self.show_pipeline(document)
        elif self.block_id is not None and old.has(self.block_id):
            before, after = old.block(self.block_id), new.block(self.block_id)
            if before.method != after.method:
                self.block_ids = ()
                self.show_block(document, after.id)
            elif before is not after or depends_on(old) != depends_on(new):
                self._show_document()
        else:
            self._show_document()

    def _on_several_changed(self, document: Document, old: Pipeline, new: Pipeline) -> None:
        ids = [name for name in self.block_ids if new.has(name)]
        same = len(ids) == len(self.block_ids)
        if same and all(old.has(name) and old.block(name).method == new.block(name).method for name in ids):
            self._show_document()
        else:
            self.block_ids = ()
            self.show_selection(document, ids)

    def _show_together(self) -> None:
        """The values that all have; of others the first, and below it which there are."""
        blocks = self._blocks()
        for section in self.sections:
            found = {name: together.values(blocks, name) for name in section.rows}
            self._show_values(section, {name: values[0] for name, values in found.items()})
            for name, values in found.items():
                shown = "; ".join(value_words(section.rows[name].info, value) for value in values)
                section.rows[name].show_note(self.tr("Different: {0}").format(shown) if len(values) > 1 else "")

    def _show_inherited(self, pipeline: Pipeline) -> None:
        for section in self.sections:
            for row in section.rows.values():
                if isinstance(row.editor, TextPicker) and section.objectName() != "pipeline":
                    row.editor.set_inherited(inherited(pipeline, self.block_ids[0] if self.block_ids else None))

    def _show_document(self) -> None:
        assert self._document is not None
        pipeline = self._document.pipeline
        self._show_inherited(pipeline)
        if len(self.block_ids) > 1:
            self._show_together()
            return
        if self.block_id is None:
            own = {name: getattr(pipeline, name) for name in PipelineSettings.model_fields}
            self._show_values(self.sections[0], own)
            self._show_values(self.sections[1], pipeline.evaluation.model_dump())
            return
        block = pipeline.block(self.block_id)
        if self._name is not None and self._name.text() != block.title:
            self._name.setText(block.title)
        info = block.info
        for name, made in self._presets.items():
            kept = info.settings.with_preset(block.settings, name) if info is not None else {}
            made.setChecked(kept == block.settings)
        if self.sections:
            self._show_values(self.sections[0], block.settings)
        else:
            self._show_problems()

    def _show_values(self, section: Section, values: dict[str, Any]) -> None:
        loose = section.show_values(values)
        if section is self.sections[0]:
            self._show_problems(loose)

    def _show_problems(self, loose: Sequence[str] = ()) -> None:
        for note in self._notes:
            note.hide()
            note.deleteLater()
        self._notes = []
        found = [("error", text[:1].upper() + text[1:]) for text in loose]
        found += [(problem.severity, str(problem)) for problem in self._problems.get(self.block_id or "", ())]
        for kind, text in found:
            note = Banner(self._page)
            note.tell(kind, text)
            self._note_place.addWidget(note)
            self._notes.append(note)

    # -- from the editors to the document --------------------------------------------------------------------------
    def _change(self, label_text: str, pipeline: Pipeline, merge: str) -> None:
        assert self._document is not None
        self._document.change(label_text, pipeline, merge=merge)

    def _block(self) -> Block:
        assert self._document is not None and self.block_id is not None
        return self._document.pipeline.block(self.block_id)

    def _blocks(self) -> list[Block]:
        assert self._document is not None
        return [self._document.pipeline.block(name) for name in self.block_ids]

    def _on_blocks_edited(self, name: str, value: Any) -> None:
        assert self._document is not None
        self._store(name, together.with_value(self._document.pipeline, self.block_ids, name, value))

    def _on_blocks_reset(self, name: str) -> None:
        assert self._document is not None
        self._store(name, together.without_value(self._document.pipeline, self.block_ids, name))

    def _store(self, name: str, pipeline: Pipeline) -> None:
        title = self.sections[0].rows[name].info.title.lower()
        if self.block_id is not None:
            text = self.tr("Change {0} of {1}").format(title, self._block().name)
        else:
            text = self.tr("Change {0} of {1} blocks").format(title, len(self.block_ids))
        self._change(text, pipeline, f"{' '.join(self.block_ids)}.{name}")

    def _on_asked(self, section: Section, edited: Callable[[str, Any], None], name: str) -> None:
        """The value of a setting is picked in a dialog; it comes back as if it were typed."""
        info = section.rows[name].info
        scope = self.block_ids[0] if self.block_ids else section.objectName()
        if self._document is None:
            value = self._values.get(name, info.default)
        elif self.block_ids:
            value = together.values(self._blocks(), name)[0]
        else:
            pipeline = self._document.pipeline
            value = getattr(pipeline if scope == "pipeline" else pipeline.evaluation, name)
        shown = self.block_ids
        self.choice_requested.emit(Choice(scope, info, value, partial(self._take, shown, edited, name)))

    def _take(self, ids: tuple[str, ...], edited: Callable[[str, Any], None], name: str, value: Any) -> None:
        if ids == self.block_ids:  # the same blocks are still shown
            edited(name, value)
            if self._document is not None:
                self._show_document()

    def _on_name_edited(self, text: str) -> None:
        assert self._document is not None
        block = self._block().model_copy(update={"title": text.strip() and text})
        self._change(self.tr("Rename block"), self._document.pipeline.with_block(block), f"{block.id} title")

    def _on_pipeline_edited(self, name: str, value: Any) -> None:
        assert self._document is not None
        own = {key: getattr(self._document.pipeline, key) for key in PipelineSettings.model_fields}
        wrong = PipelineSettings.problems({**own, name: value})
        self._mark(self.sections[0], wrong)
        if not wrong:
            changed = self._document.pipeline.model_copy(update={name: value})
            self._change(self.tr("Change the pipeline's {0}").format(name), changed, f"pipeline.{name}")

    def _on_pipeline_reset(self, name: str) -> None:
        self._on_pipeline_edited(name, PipelineSettings.model_fields[name].default)
        self._show_document()

    def _on_evaluation_edited(self, name: str, value: Any) -> None:
        assert self._document is not None
        values = {**self._document.pipeline.evaluation.model_dump(), name: value}
        try:
            evaluation = Evaluation.parse(values)
        except BadInput:  # an evaluation that is not valid can't be in a pipeline: it stays in the editor
            self._mark(self.sections[1], Evaluation.problems(values))
            return
        self._mark(self.sections[1], {})
        changed = self._document.pipeline.with_evaluation(evaluation)
        self._change(self.tr("Change what is measured"), changed, f"evaluation.{name}")

    def _on_evaluation_reset(self, name: str) -> None:
        self._on_evaluation_edited(name, Evaluation.model_fields[name].default)
        self._show_document()

    def _mark(self, section: Section, wrong: dict[str, str]) -> None:
        for name, row in section.rows.items():
            row.show_error(wrong.get(name, ""))

    def _on_free_edited(self, name: str, value: Any) -> None:
        self._free(self.sections[0].settings.with_value(self._values, name, value))

    def _on_free_reset(self, name: str) -> None:
        self._free({key: value for key, value in self._values.items() if key != name})

    def _free(self, values: dict[str, Any]) -> None:
        self._values = values
        self._show_values(self.sections[0], values)
        if self._on_change is not None:
            self._on_change(dict(values))

    def _on_swept(self, name: str, values: list[Any]) -> None:
        if self.block_id is not None:
            self.sweep_requested.emit(self.block_id, name, values)

    def _on_toggled(self, key: str, what: str, on: bool) -> None:
        self._opened.setdefault(key, {})[what] = on
