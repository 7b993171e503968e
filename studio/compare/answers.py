"""Answers of the generation check side by side: what the original and each result wrote to the same prompts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidgetItem, QWidget

from engine.contracts.generation import AnswerPair, GenerationCheck, generation_of
from engine.record.comparison import Variant
from studio.engine_words import result_name
from studio.kit.layouts import vbox
from studio.kit.tables import Cell, CellsTable
from studio.kit.widgets import label

TOP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
LETTERS = 420
"""Characters of an answer that a cell shows; its tip has all of them."""


def checks_of(variants: Sequence[Variant]) -> list[tuple[Variant, GenerationCheck]]:
    """The variants whose generation was checked, with their checks."""
    checks = ((variant, generation_of(variant.details)) for variant in variants)
    return [(variant, check) for variant, check in checks if check is not None]


class AnswersComparison(QWidget):
    """A row for each prompt: the original's answer, and those of the results that were checked."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.verdicts = label("", self)
        self.table = CellsTable(self.tr("Answers side by side"), self)
        self.table.setWordWrap(True)
        self.table.setShowGrid(True)
        self.table.setVerticalScrollMode(CellsTable.ScrollMode.ScrollPerPixel)
        self.setLayout(vbox(self.verdicts, (self.table, 1), margins=0))

    def show_variants(self, variants: Sequence[Variant]) -> bool:
        """Show the answers of these; False if none of them was checked."""
        checks = checks_of(variants)
        if not checks:
            return False
        self.verdicts.setText("\n".join(self._verdict(variant, check) for variant, check in checks))
        heads = [self.tr("Prompt"), self.tr("Original"), *(result_name(variant.title) for variant, _ in checks)]
        first = {answer.name: answer for _, check in reversed(checks) for answer in check.answers}
        rows = [self._row(answer, [check for _, check in checks]) for answer in first.values()]
        self.table.show_cells(heads, rows, words=range(len(heads)))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for row in range(len(rows)):
            for column in range(len(heads)):
                item = self.table.item(row, column)
                assert isinstance(item, QTableWidgetItem)
                item.setTextAlignment(TOP)
        self.table.resizeRowsToContents()
        return True

    def _verdict(self, variant: Variant, check: GenerationCheck) -> str:
        if check.verdict == "writes":
            return self.tr("{0} writes as its original.").format(result_name(variant.title))
        text = self.tr("{0} does not write as its original: {1}.")
        return text.format(result_name(variant.title), "; ".join(check.reasons))

    def _row(self, first: AnswerPair, checks: Sequence[GenerationCheck]) -> list[Cell]:
        cells = [Cell(f"{first.name}\n{_cut(first.prompt)}", first.prompt, "muted"), _cell(first.original)]
        for check in checks:
            answer = next((answer for answer in check.answers if answer.name == first.name), None)
            if answer is None:
                cells.append(Cell("–"))
            elif answer.same_tokens is None and not answer.remarks:
                cells.append(Cell(self.tr("the same"), answer.result, "muted"))
            else:
                words = "\n".join(filter(None, (_cut(answer.result), ", ".join(answer.remarks))))
                cells.append(Cell(words, answer.result, "error" if answer.remarks else None))
        return cells


def _cell(text: str) -> Cell:
    return Cell(_cut(text), text)


def _cut(text: str) -> str:
    """A text without empty lines, not longer than a cell shows."""
    text = re.sub(r"\s*\n\s*", "\n", text.strip())
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}…"
