"""The record of an export, and the verdict on making it again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from engine.contracts.replay import Card, Replay
from studio.engine_words import result_name
from studio.kit.layouts import clear_layout, hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import IconLabel, label, set_look

SHOWN = 600
"""Characters of the settings of a step."""
DIGITS = 16
"""Of a hash or a commit, which no line breaks."""


class CardView(QScrollArea):
    """The record in words: base, steps, texts, environment."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, widgetResizable=True)
        self._said: list[str] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        holder = QWidget(self)
        self._title = label("", holder, size=1, bold=True)
        self._about = label("", holder, look="muted")
        self._warning = label("", holder, look="warning")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * SPACING)
        self._grid.setVerticalSpacing(SPACING)
        self._grid.setColumnStretch(1, 1)
        parts = (self._title, self._about, self._warning, self._grid, None)
        holder.setLayout(vbox(*parts, margins=(0, 0, SPACING, 0), gap=SPACING))
        self.setWidget(holder)

    def show_card(self, card: Card) -> None:
        """Show this record."""
        self._title.setText(card.name)
        about = self.tr("{format}, %n tensors, made with version {version}", "", card.tensors)
        self._about.setText(about.format(format=card.format, version=card.program))
        warnings = [self.tr("It can't be made again: {0}.").format(card.why_not)] if card.why_not else []
        warnings += [card.remark] if card.remark else []
        self._warning.setText("\n".join(warnings))
        self._warning.setVisible(bool(warnings))
        clear_layout(self._grid)
        rows = self._rows(card)
        self._said = [f"{name}: {value}" for name, value, _ in rows]
        for row, (name, value, look) in enumerate(rows):
            key = label(name, self, look="muted")
            key.setWordWrap(False)
            shown = label(value, self, look=look)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(key, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(shown, row, 1)
        self.verticalScrollBar().setValue(0)

    def texts(self) -> str:
        """All that is shown, a line for each entry."""
        return "\n".join([self._title.text(), self._about.text(), self._warning.text(), *self._said])

    def _rows(self, card: Card) -> list[tuple[str, str, str]]:
        """Name, value and look of each entry."""
        revision = self.tr(", revision {0}").format(card.revision[:DIGITS]) if card.revision else ""
        rows = [(self.tr("Base"), f"{card.base}{revision}\n{self._base_text(card)}", "")]
        for number, step in enumerate(card.steps, 1):
            settings = step.settings[:SHOWN] + ("…" if len(step.settings) > SHOWN else "")
            rows.append(
                (self.tr("Step {0}").format(number), "\n".join(filter(None, (result_name(step.title), settings))), "")
            )
        rows.append((self.tr("Format"), f"{card.format}\n{card.options}".strip(), ""))
        for file in card.files:
            there = self.tr("on this machine") if file.is_here else self.tr("not on this machine; add the file below")
            digest = self.tr("Hash {0}").format(file.digest[:DIGITS])
            text = f"{file.name or file.setting}: {there}\n{digest}…"
            rows.append((f"{result_name(file.step)}, {file.setting}", text, "" if file.is_here else "warning"))
        words = ", ".join(f"{name} {value}" for name, value in card.environment)
        rows.append((self.tr("Environment"), words or self.tr("Not recorded"), ""))
        if card.other_environment:
            differences = "\n".join(card.other_environment)
            rows.append((self.tr("Different here"), differences, "warning"))
        return rows

    def _base_text(self, card: Card) -> str:
        if card.base_is_here:
            return self.tr("On this machine. Its tensors are compared before anything is made.")
        if "/" in card.base:
            return self.tr("Not on this machine. A replay fetches it from the hub.")
        return self.tr("Not found under this name. Name it below.")


class VerdictCard(QFrame):
    """Hidden until `show_result`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_look(self, "card")
        self._icon = IconLabel("verified", self, size=24, token="success")
        self.title = label("", self, size=1, bold=True)
        self.sentences = label("", self)
        self.sentences.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top = Qt.AlignmentFlag.AlignTop
        text = vbox(self.title, self.sentences, margins=0, gap=SPACING // 2)
        self.setLayout(hbox((self._icon, top), (text, 1), margins=SPACING + 4, gap=SPACING + 4))
        self.hide()

    def show_result(self, result: Replay) -> None:
        """Show the verdict, and the first tensor that differs."""
        partial = result.mode == "partial"
        look, title = {
            "exact": (("verified", "success"), self.tr("Exact: equal to the bit")),
            "near": (("verified", "success"), self.tr("Near: another environment explains the differences")),
            "differs": (("error", "error"), self.tr("It differs from its record")),
        }[result.verdict]
        if partial and result.verdict == "exact":
            title = self.tr("Exact, as far as it was made again")
        self._icon.show_icon(*look)
        self.title.setText(title)
        lines = result.sentences()
        lines += [self.tr("Not as it was: {0}.").format(words) for words in result.other_environment]
        self.sentences.setText("\n".join([*lines, *filter(None, (result.remark,))]))
        self.show()
