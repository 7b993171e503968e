"""The result of an export: which program loaded it, how close its outputs are, its size and its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QScrollArea,
    QStackedWidget,
    QWidget,
)

from engine.base.human import bytes_text, duration_text, number_text
from engine.contracts.commands import FormatInfo
from engine.contracts.metrics import value_text
from studio.bridge import Bridge
from studio.engine_words import engine_word
from studio.export.opening_lines import OpeningLinesView
from studio.export.push import PushDialog
from studio.kit.layouts import FlowLayout, clear_layout, hbox, vbox
from studio.kit.opening import open_outside
from studio.kit.theme import SPACING
from studio.kit.widgets import ElidedLabel, EmptyState, IconLabel, button, label, set_look

if TYPE_CHECKING:
    from engine.contracts.commands import Verified


class ResultCard(QWidget):
    """Empty until `show_result`."""

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._folder: Path | None = None
        self._push_dialog: PushDialog | None = None
        self._empty = EmptyState("file", "", "", self)
        self._card = card = QFrame(self)
        set_look(card, "card")
        self._icon = IconLabel("verified", card, size=24, token="success")
        self._title = label("", card, size=1, bold=True)
        self._sentence = label("", card)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * SPACING)
        self._grid.setVerticalSpacing(SPACING - 2)
        self._grid.setColumnStretch(1, 1)
        self._warnings = label("", card, look="warning")
        self._location = ElidedLabel("", card, Qt.TextElideMode.ElideLeft)
        set_look(self._location, "muted")
        self._open = button(self.tr("Open folder"), card, picture="folder", on=self._on_open)
        self._copy = button(self.tr("Copy path"), card, look="quiet", picture="copy", on=self._on_copy)
        self.push = button(self.tr("Push to the hub…"), card, picture="hub", on=self._on_push)
        self.opening = OpeningLinesView(card)
        head = hbox((self._icon, Qt.AlignmentFlag.AlignTop), (self._title, 1), gap=SPACING + 4)
        buttons = QWidget(card)  # in more lines where there is no room for one
        row = FlowLayout(buttons)
        for verb in (self._open, self._copy, self.push):
            row.addWidget(verb)
        parts = (head, self._sentence, self._grid, self._warnings, self._location, buttons, self.opening, None)
        card.setLayout(vbox(*parts, margins=2 * SPACING, gap=SPACING))
        area = QScrollArea(self, widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holder = QWidget(area)
        holder.setLayout(vbox(card, margins=(SPACING, SPACING, SPACING + 4, SPACING)))
        area.setWidget(holder)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(area)
        self.setLayout(vbox(self._pages, margins=0))
        self.clear()

    def clear(self) -> None:
        """Nothing was written."""
        text = self.tr(
            "After writing, a fresh process loads the files and compares their predictions with the result's."
        )
        self._show_empty("file", self.tr("Nothing exported yet"), text)

    def show_working(self) -> None:
        """An export is being made: nothing is known of it yet."""
        text = self.tr("The result appears here after the files have been loaded and compared.")
        self._show_empty("running", self.tr("Not verified yet"), text)

    def _show_empty(self, picture: str, title: str, text: str) -> None:
        self._empty.icon.show_icon(picture, "muted")
        self._empty.set_text(title, text)
        self._pages.setCurrentIndex(0)

    def show_result(self, verified: Verified, info: FormatInfo | None) -> None:
        """Show the result of the verification."""
        self._folder = verified.folder
        if verified.by_target:
            look, said = ("verified", "success"), self.tr("{title}: written and verified")
        elif verified.ok:
            look, said = ("warning", "warning"), self.tr("{title}: written, checked by this program only")
        elif verified.unchecked:
            look, said = ("warning", "warning"), self.tr("{title}: written, but could not be verified here")
        else:
            look, said = ("error", "error"), self.tr("{title}: written, but verification failed")
        self._icon.show_icon(*look)
        self._title.setText(said.format(title=engine_word(info.title) if info is not None else verified.format))
        set_look(self._title, "warning" if look[1] == "warning" else "")
        self._sentence.setText(verified.explanation)
        set_look(self._sentence, "" if verified.ok or verified.unchecked else "error")
        self._warnings.setText("\n".join(verified.warnings))
        self._warnings.setVisible(bool(verified.warnings))
        self._location.set_whole(str(verified.folder))
        self.opening.show_entries(verified.open_in)
        clear_layout(self._grid)
        for row, (name, value) in enumerate(self._rows(verified)):
            key = label(name, self._card, look="muted")
            key.setWordWrap(False)
            self._grid.addWidget(key, row, 0)
            self._grid.addWidget(label(value, self._card), row, 1)
        self._pages.setCurrentIndex(1)

    def _rows(self, verified: Verified) -> list[tuple[str, str]]:
        metrics = verified.metrics
        rows: list[tuple[str, str]] = []
        if "size_bytes" in metrics:
            text = bytes_text(metrics["size_bytes"])
            expected = metrics.get("expected_bytes")
            if expected:
                share = round(100 * (metrics["size_bytes"] / expected - 1), 2)
                text += self.tr(" ({0:+.2f} % from the estimate)").format(share) if share else self.tr(", as expected")
            rows.append((self.tr("Size"), text))
        for name, title in (
            ("max_difference", self.tr("Largest logit difference")),
            ("max_relative_difference", self.tr("… in standard deviations")),
            ("tolerance", self.tr("Allowed")),
            ("kl_divergence", self.tr("KL divergence")),
            ("top1_agreement", self.tr("Same top-1 token")),
        ):
            if name in metrics:
                value = metrics[name]
                rows.append((title, value_text(name, value) if name == "top1_agreement" else number_text(value, 3)))
        rows.append((self.tr("Verification time"), duration_text(verified.seconds)))
        return rows

    def _on_open(self) -> None:
        if self._folder is not None:
            open_outside(self._folder, self._say)

    def _on_push(self) -> None:
        if self._folder is None:
            return
        if self._push_dialog is None:
            self._push_dialog = PushDialog(self._bridge, self)
        self._push_dialog.open_for(self._folder)

    def _say(self, kind: str, text: str) -> None:
        self._warnings.setText(text)
        self._warnings.show()

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(str(self._folder))
