"""Let the original and compressed models continue the same text or answer in a chat, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QTextEdit,
    QWidget,
)

from engine.base.human import first_difference
from engine.contracts.commands import Generate, Generation
from engine.contracts.events import Event, Failure, Generated, Progress
from studio.bridge import Bridge
from studio.kit.combo import Choice
from studio.kit.layouts import hbox, splitter, vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color
from studio.kit.widgets import Banner, PlainLabel, button, label, make_tall, set_look
from studio.tryit.chat_template import has_chat_template

PROMPT = "Once upon a time"
AROUND = (SPACING + 4, SPACING, SPACING + 4, SPACING)


class TryItPanel(QWidget):
    """``set_models`` tells what can be asked; the first is the original."""

    busy_changed = Signal(bool)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: str | None = None
        self._sent = ""
        """The message of a chat that is being answered."""
        self._chat_picked = False
        """True once the user chose between chat and plain text; until then models with a chat template chat."""
        self._models: list[tuple[str, str]] = []
        self._columns: list[_Column] = []
        self._letters: Mapping[str, str] = {}
        self.banner = Banner(self)
        left = QWidget(self)
        self._build_options(left)
        right = QWidget(self)
        tip = self.tr("Add a model")
        self._more = button("", right, look="quiet", picture="plus", tip=tip, on=self.add_column)
        self._row = hbox((self._more, Qt.AlignmentFlag.AlignTop), gap=2 * SPACING)
        self._left, self._right = self._new_column(), self._new_column()
        right.setLayout(vbox(self.banner, (self._row, 1), margins=AROUND, gap=SPACING))
        split = splitter(Qt.Orientation.Horizontal, self, (left, 300), (right, 700))
        split.setStretchFactor(1, 1)
        self.setLayout(vbox(split, margins=0))
        self.set_models([])

    def _build_options(self, left: QWidget) -> None:
        self._prompt = QPlainTextEdit(PROMPT, left)
        self._prompt.setAccessibleName(self.tr("Prompt"))
        self._prompt.setPlaceholderText(self.tr("Text to continue"))
        self._prompt.setMinimumHeight(48)
        self._prompt.setTabChangesFocus(True)  # with the keyboard one must get out again
        tip = self.tr("Ctrl+Enter in the prompt")
        self._go = button(self.tr("Generate"), left, look="primary", picture="run", tip=tip, on=self.generate)
        self._go.setShortcut("Ctrl+Return")
        self._stop = button(self.tr("Stop"), left, picture="cancel", on=self._on_stop)
        self._stop.hide()
        form = self._drawing(left)
        self._chat = QCheckBox(self.tr("Chat"), left)
        self._chat.setToolTip(
            self.tr("Chat in several turns with the model's chat template. Models without one get plain text.")
        )
        self._chat.toggled.connect(self._on_chat)
        self._chat.clicked.connect(self._on_chat_picked)
        self._fresh = button(self.tr("New chat"), left, look="quiet", picture="new", on=self._on_fresh)
        self._fresh.hide()
        chat = hbox((self._chat, 1), self._fresh)
        buttons = hbox((self._go, 1), self._stop)  # below the prompt, so that a low panel shows them too
        left.setLayout(vbox((self._prompt, 1), buttons, form, chat, margins=AROUND, gap=SPACING))

    def _drawing(self, left: QWidget) -> QFormLayout:
        """Form of the sampling settings: tokens, temperature, top-p, seed."""
        self._tokens = QSpinBox(left)
        self._tokens.setRange(1, 2048)
        self._tokens.setValue(80)
        self._temperature = QDoubleSpinBox(left)
        self._temperature.setRange(0.0, 2.0)
        self._temperature.setSingleStep(0.1)
        self._temperature.setAccessibleName(self.tr("Temperature"))
        self._temperature.setSpecialValueText(self.tr("0 (greedy)"))
        self._temperature.setToolTip(self.tr("0 always takes the most likely token; higher values vary more."))
        self._top_p = QDoubleSpinBox(left)
        self._top_p.setRange(0.0, 1.0)
        self._top_p.setSingleStep(0.05)
        self._top_p.setValue(1.0)
        self._top_p.setAccessibleName(self.tr("Top-p"))
        self._top_p.setToolTip(self.tr("Sample from the most likely tokens whose probabilities add up to this value."))
        self._seed = QSpinBox(left)
        self._seed.setRange(0, 999_999)
        self._seed.setToolTip(self.tr("The same seed gives the same text. Used when the temperature is above 0."))
        self._stop_at = QLineEdit(left)
        self._stop_at.setPlaceholderText(self.tr("none"))
        self._stop_at.setToolTip(self.tr("Stop before this text; \\n stands for a line break."))
        self._temperature.valueChanged.connect(self._on_temperature)
        self._on_temperature(0.0)
        for box in (self._tokens, self._temperature, self._top_p, self._stop_at, self._seed):
            make_tall(box)
        form = QFormLayout()
        form.setSpacing(SPACING)
        form.addRow(self.tr("Tokens"), self._tokens)
        drawn = hbox((self._temperature, 1), PlainLabel(self.tr("Top-p"), left), (self._top_p, 1))
        form.addRow(self.tr("Temperature"), drawn)
        form.addRow(self.tr("Seed"), self._seed)
        form.addRow(self.tr("Stop at"), self._stop_at)
        return form

    # -- models -------------------------------------------------------------------------------------------------------
    def set_models(self, models: list[tuple[str, str]]) -> None:
        """(title, path) of all that can write; the first is the original, the last is shown at the right."""
        self._models = list(models)
        self._drop_missing({path for _, path in models})
        self._left.set_models(models, 0)
        for column in self._columns[1:]:
            column.set_models(models, len(models) - 1)
        self._more.setEnabled(len(models) > 2)
        if not self._chat_picked and self._job is None:
            self._chat.setChecked(any(has_chat_template(path) for _, path in models))
        self._go.setEnabled(bool(models) and self._job is None)
        if models:
            self.banner.clear()
        else:
            text = self.tr("Run a pipeline first. You can then generate text with its source and every result.")
            self.banner.show_message("info", text)

    def add_column(self) -> None:
        """One more model writes: the first one that does not yet."""
        shown = {column.path for column in self._columns}
        path = next((path for _, path in self._models if path not in shown), None)
        if path is not None and self._job is None:
            column = self._new_column()
            column.set_models(self._models, 0)
            column.choose(path)
            column.show()
            column.choice.setFocus()

    def _new_column(self) -> _Column:
        column = _Column(self, can_close=len(self._columns) > 1)
        column.set_letters(self._letters)
        column.closed.connect(partial(self._drop_column, column))
        self._columns.append(column)
        self._row.insertWidget(len(self._columns) - 1, column, 1)
        return column

    def _drop_column(self, column: _Column) -> None:
        if self._job is None:
            self._columns.remove(column)
            column.hide()
            column.deleteLater()

    def choose(self, left: str, right: str) -> None:
        """Let these two write, by path, as choosing them in the boxes does; not while others write."""
        if self._job is None:
            self._left.choose(left)
            self._right.choose(right)

    def set_letters(self, letters: Mapping[str, str]) -> None:
        """Mark models as A and B, by path."""
        self._letters = letters
        for column in self._columns:
            column.set_letters(letters)

    def _drop_missing(self, there: set[str]) -> None:
        """Stop and clear models that are no longer offered."""
        if self._job is not None and not there.issuperset(filter(None, (column.path for column in self._columns))):
            self._bridge.forget(self._job)
            self._job = None
            self._show_busy()
        for column in list(self._columns):
            if column.path not in there:
                column.clear()
                if column not in self._columns[:2]:
                    self._drop_column(column)

    def generate(self) -> None:
        """Ask all models."""
        models = tuple(dict.fromkeys(column.path for column in self._columns if column.path))
        prompt, chat = self._prompt.toPlainText(), self._chat.isChecked()
        if not models or self._job is not None or (chat and not prompt.strip()):
            return
        self.banner.clear()
        before = {column.path: tuple(column.exchanges) for column in self._columns if chat}
        self._sent = prompt if chat else ""
        for column in self._columns:
            column.begin(prompt if chat else None)
            column.wait(self.tr("Loading the model…"))
        if chat:
            self._prompt.clear()
        command = Generate(
            models=models,
            prompt=prompt,
            tokens=self._tokens.value(),
            temperature=self._temperature.value(),
            top_p=self._top_p.value(),
            stop=tuple(filter(None, [self._stop_at.text().replace("\\n", "\n")])),
            seed=self._seed.value(),
            chat=chat,
            before=before,
        )
        self._job = self._bridge.ask(command, self._on_done, self._on_failed, self._on_piece)
        self._show_busy()

    def _on_chat_picked(self, on: bool) -> None:
        self._chat_picked = True

    def _on_chat(self, on: bool) -> None:
        if self._prompt.toPlainText() == ("" if not on else PROMPT):  # the example is a text to continue, not a message
            self._prompt.setPlainText("" if on else PROMPT)
        self._go.setText(self.tr("Send") if on else self.tr("Generate"))
        self._prompt.setPlaceholderText(self.tr("Message") if on else self.tr("Text to continue"))
        self._on_fresh()

    def _on_fresh(self) -> None:
        """Start with no messages; an answer that is being written goes on until it is stopped."""
        if self._job is None:
            for column in self._columns:
                column.begin(None)
                column.end(None)
            self._show_busy()

    def _on_stop(self) -> None:
        if self._job is not None:
            self._stop.setEnabled(False)
            self._stop.setText(self.tr("Stopping…"))
            self._bridge.cancel(self._job)

    def _on_piece(self, event: Event) -> None:
        if isinstance(event, Generated):
            for column in self._columns:
                if column.path == event.model:
                    column.add(event.text)
        elif isinstance(event, Progress) and event.text:
            for column in self._columns:
                column.wait(event.text)

    def _on_done(self, generation: object) -> None:
        assert isinstance(generation, Generation)
        for column in self._columns:
            column.end(generation.speeds.get(column.path), generation.programs.get(column.path, ""))
        self._mark()
        self._job, self._sent = None, ""
        self._show_busy()

    def _mark(self) -> None:
        """Mark in all texts where models begin to differ from the first one."""
        first, text = self._left, self._left.text()
        places = {other: first_difference(text, other.text()) for other in self._columns if other.path != first.path}
        if places:
            places[first] = min((position for position in places.values() if position is not None), default=None)
        for column, position in places.items():
            count = len(text[:position].split())
            if position is None:
                said = self.tr("Identical text")
            elif count:
                said = self.tr("First %n words identical", "", count)
            else:
                said = self.tr("Different from the start")
            column.mark(position, said)

    def _on_failed(self, failure: Failure | None) -> None:
        self._job = None
        for column in self._columns:
            column.end(None)
        if self._sent and not self._prompt.toPlainText():
            self._prompt.setPlainText(self._sent)  # nothing answered it: it need not be typed again
        if failure is not None:
            retry = button(self.tr("Try again"), self, picture="reset", on=self.generate)
            self.banner.show_message("error", str(failure), retry, dismissable=True)
        self._show_busy()

    def _show_busy(self) -> None:
        busy = self._job is not None
        self._go.setEnabled(not busy and bool(self._left.path))
        self._stop.setVisible(busy)
        self._stop.setEnabled(True)
        self._stop.setText(self.tr("Stop"))
        for column in self._columns:
            column.set_busy(busy)
        self._fresh.setVisible(any(column.exchanges for column in self._columns) and not busy)
        self.busy_changed.emit(busy)

    def _on_temperature(self, value: float) -> None:
        for box in (self._seed, self._top_p):
            box.setEnabled(value > 0)


class _Column(QWidget):
    """One model's text, or its chat."""

    closed = Signal()

    def __init__(self, parent: QWidget, *, can_close: bool) -> None:
        super().__init__(parent)
        self.exchanges: list[tuple[str, str]] = []
        """Prompts and answers of this chat."""
        self._prompt: str | None = None
        self._start = 0  # in letters: where the last answer begins
        self._wrote = ""  # the model that wrote what is there
        tip = self.tr("Remove this model")
        self._close = button("", self, look="quiet", picture="close", tip=tip, on=self.closed)
        self._close.setVisible(can_close)
        self.choice = Choice(self.tr("Model"), self, letters=12)
        self._speed = label("", self, look="muted")
        self._speed.setWordWrap(False)
        self._text = QPlainTextEdit(self)
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setAccessibleName(self.tr("Generated text"))
        self._text.setPlaceholderText(self.tr("Generated text appears here."))
        set_look(self._text, "plain")
        self._same = PlainLabel("", self)
        set_look(self._same, "muted")
        self._letters: Mapping[str, str] = {}
        self._close.setFixedHeight(self.choice.sizeHint().height())
        head = hbox((self.choice, 1), self._speed, self._close)
        self.setLayout(vbox(head, (self._text, 1), self._same, margins=0, gap=SPACING // 2))
        self._same.hide()
        self.choice.currentIndexChanged.connect(self._on_choice)
        self._picked = False
        self.choice.activated.connect(self._on_picked)

    @property
    def path(self) -> str:
        """The chosen model, "" if there is none."""
        return self.choice.value

    def set_models(self, models: list[tuple[str, str]], index: int) -> None:
        """Offer these models, ``index`` first; what the user picked stays if it is still there."""
        old = self.path if self._picked or self._wrote else ""
        with QSignalBlocker(self.choice):
            self.choice.offer(((path, title) for title, path in models), chosen=old, otherwise=index)
        self.choice.setEnabled(bool(models))
        self._on_choice()
        self.set_letters(self._letters)

    def set_letters(self, letters: Mapping[str, str]) -> None:
        self._letters = letters
        self.choice.mark(letters)

    def _on_picked(self, index: int) -> None:
        self._picked = index >= 0

    def choose(self, path: str) -> None:
        self._picked |= self.choice.choose(path)

    def clear(self) -> None:
        self._picked = False
        self.begin(None)
        self._wrote = ""
        self._speed.setText("")

    def text(self) -> str:
        """The model's last output."""
        return self._text.toPlainText()[self._start :]

    def set_busy(self, busy: bool) -> None:
        """While one of the models writes, all columns stay."""
        self.choice.setEnabled(not busy)
        self._close.setEnabled(not busy)

    def mark(self, position: int | None, said: str) -> None:
        """Light the word at a place, from which on the texts differ; None takes the light away."""
        spots = []
        if position is not None:
            spot = QTextEdit.ExtraSelection()
            cursor = self._text.textCursor()
            text = self._text.toPlainText()
            word = len(text) - len(text[self._start + position :].lstrip())
            cursor.setPosition(len(text[:word].encode("utf-16-le", "surrogatepass")) // 2)  # Qt counts an emoji as two
            cursor.movePosition(QTextCursor.MoveOperation.EndOfWord, QTextCursor.MoveMode.KeepAnchor)
            spot.cursor = cursor
            spot.format.setBackground(color("warning", 0.35))
            spots = [spot]
        self._text.setExtraSelections(spots)
        self._same.setText(said)
        self._same.setVisible(bool(said))

    def begin(self, prompt: str | None) -> None:
        """A new text, or one more turn of the chat; None forgets what was said before."""
        if prompt is None or not self.exchanges:
            self.exchanges = []
            self._text.clear()
        self._prompt, self._wrote = prompt, self.path
        if prompt is not None:
            bold = QTextCharFormat()
            bold.setFontWeight(QFont.Weight.Bold)
            self.add(("\n\n" if self._text.toPlainText() else "") + prompt + "\n", bold)
        self._start = len(self._text.toPlainText())
        self.mark(None, "")
        self._speed.setText("…")
        self.say(self.tr("Generated text appears here."))

    def wait(self, text: str) -> None:
        """Say what is done before the first word, in the middle of the empty text too."""
        if not self.text():
            self._speed.setText(text)
            self.say(text)

    def say(self, text: str) -> None:
        """The words of a text that is still empty."""
        self._text.setPlaceholderText(text)

    def add(self, piece: str, form: QTextCharFormat | None = None) -> None:
        bar = self._text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        cursor = self._text.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(piece, form or QTextCharFormat())
        if at_end:
            bar.setValue(bar.maximum())

    def end(self, speed: float | None, program: str = "") -> None:
        """``program``: that wrote the text, "" for this one."""
        if self._prompt is not None and self.text():
            self.exchanges.append((self._prompt, self.text()))
        self._prompt = None
        said = self.tr("{speed} tokens/s").format(speed=f"{speed:.1f}") if speed else ""
        self._speed.setText(f"{said} · {program.partition(' ')[0]}" if said and program else said)
        self._speed.setToolTip(as_plain(program))

    def _on_choice(self) -> None:
        if self._wrote and self.path != self._wrote:
            self.begin(None)  # what another one wrote has no place under this name
            self._wrote = ""
            self._speed.setText("")
        self.choice.setToolTip(as_plain(self.path))
