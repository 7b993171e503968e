"""Data sets as things: bundled ones, recent ones, those of the hub, files; how they begin, how many tokens they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QListWidget, QListWidgetItem, QPlainTextEdit, QWidget

from engine.base.human import count_text
from engine.contracts.commands import DescribeText, FoundDataset, SearchDatasets, TextDescription
from engine.contracts.events import Failure
from engine.data.texts import BUNDLED, INHERITED, MIXED, SAMPLE, domains
from studio.bridge import Bridge, Question
from studio.document.home import add_recent, recents
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color, font
from studio.kit.widgets import Banner, button, hbox, label, search_line, vbox

TYPING_MS = 400
NAME = Qt.ItemDataRole.UserRole
RECENT = "texts"


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("texts", text)


def text_title(name: str, inherited: str = "") -> str:
    """Display name of a text; ``inherited``: meaning of "pipeline" and "bundled" here."""
    word, _, domain = name.partition(":")
    if name == INHERITED:
        return tr("As the pipeline: {0}").format(text_title(inherited or BUNDLED))
    if name == BUNDLED:
        return text_title(inherited) if inherited else tr("Bundled, by the model")
    if word in (MIXED, SAMPLE):
        title = tr("Mixed texts") if word == MIXED else tr("Sample texts")
        return f"{title}: {domain}" if domain else title
    if word == "model":
        return tr("Written by the model")
    if word == "hub":
        return tr("{0} on the hub").format(domain)
    return os.path.basename(name.rstrip("/\\")) or name


class TextDialog(QDialog):
    """Choose a text. Looks at what is selected by asking the engine, but brings nothing from the hub unasked."""

    chosen = Signal(str)

    def __init__(
        self, bridge: Bridge, title: str, value: str, inherited: str, model: str, part: str, parent: QWidget
    ) -> None:
        """``inherited``: what "pipeline" means for this setting, "" where it is the pipeline's own. ``model``: whose
        tokenizer counts, "" for none. ``part``: "train" or "validation"."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self._model, self._part = model, part
        self._description = Question(bridge, self, self._on_described, self._on_failed)
        self._search = Question(bridge, self, self._show_datasets, self._on_search_failed)
        self._datasets: dict[str, FoundDataset] = {}
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._on_search)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Texts"))
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemActivated.connect(self._on_use)
        self.hub = search_line(self.tr("Search the hub"), self, self.tr("Search data sets of the hub"))
        self.hub.textEdited.connect(partial(self._typing.start, TYPING_MS))
        self.file = button(self.tr("File…"), self, picture="file", on=self._on_file)
        self.banner = Banner(self)
        self.title = label("", self, bold=True, size=2)
        self.facts = label("", self, look="muted")
        self.preview = QPlainTextEdit(self)
        self.preview.setReadOnly(True)
        self.preview.setFont(font(mono=True))
        self.preview.setAccessibleName(self.tr("How the text begins"))
        self.look = button(self.tr("Bring it and look"), self, picture="download", on=self._on_look)
        self.use = button(self.tr("Use this text"), self, look="primary", on=self._on_use)
        self._lay_out()
        self._fill(value, inherited)
        self.resize(880, 560)

    def _lay_out(self) -> None:
        cancel = button(self.tr("Cancel"), self, on=self.reject)
        for plain in (cancel, self.look, self.file):
            plain.setAutoDefault(False)
        left = vbox((self.list, 1), self.hub, self.file)
        buttons = hbox(self.look, None, cancel, self.use)
        right = vbox(self.title, self.facts, self.banner, (self.preview, 1), buttons)
        self.setLayout(hbox((left, 2), (right, 5), margins=2 * SPACING, gap=2 * SPACING))

    # -- what there is -----------------------------------------------------------------------------------------------
    def _fill(self, value: str, inherited: str) -> None:
        if inherited:
            self._add(INHERITED, text_title(INHERITED, inherited))
        else:
            self._add(BUNDLED, text_title(BUNDLED))
        for heading, names in self._offers(inherited):
            self._heading(heading)
            for name in names:
                self._add(name, text_title(name) if ":" not in name or name.startswith("hub:") else "")
        if not any(self.list.item(i).data(NAME) == value for i in range(self.list.count())):
            self._heading(self.tr("Chosen"))
            self._add(value, text_title(value))
        row = next(i for i in range(self.list.count()) if self.list.item(i).data(NAME) == value)
        self._inherited = inherited
        self.list.setCurrentRow(row)

    def _offers(self, inherited: str) -> Iterator[tuple[str, list[str]]]:
        for text, title in ((MIXED, self.tr("Bundled, for real models")), (SAMPLE, self.tr("For the sample model"))):
            yield title, [text, *(f"{text}:{domain}" for domain in domains(text, self._part))]
        if inherited and self._part == "train":
            yield self.tr("Without data"), ["model"]
        recent = [name for name in recents(RECENT) if name.startswith("hub:") or os.path.exists(name)]
        if recent:
            yield self.tr("Recent"), recent

    def _heading(self, text: str) -> None:
        item = QListWidgetItem(text, self.list)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setFont(font(-1, bold=True))
        item.setForeground(color("muted"))

    def _add(self, name: str, text: str) -> QListWidgetItem:
        item = QListWidgetItem(text or f"    {name.partition(':')[2]}", self.list)
        item.setData(NAME, name)
        item.setToolTip(as_plain(name))
        return item

    @property
    def name(self) -> str:
        """Name of the selected text, "" for none."""
        item = self.list.currentItem()
        return str(item.data(NAME) or "") if item is not None else ""

    def _meant(self) -> str:
        """The text that is read when this is used."""
        return self._inherited if self.name == INHERITED else self.name

    # -- looking at one ----------------------------------------------------------------------------------------------
    def _on_current(self, *_: object) -> None:
        self._description.drop()
        name = self._meant()
        self.banner.clear()
        self.preview.setPlainText("")
        self.title.setText(text_title(self.name, self._inherited if self.name == INHERITED else ""))
        remote = name.startswith("hub:")
        self.look.setVisible(remote)
        self.use.setEnabled(bool(name))
        if remote:
            self.facts.setText(self._hub_facts(name))
        elif name == "model":
            self.facts.setText(
                self.tr("The model (or its teacher) writes texts itself, from nothing: no data is needed.")
            )
        elif name == BUNDLED:
            self.facts.setText(self.tr("The sample texts for the sample model, the mixed texts for all others."))
        elif name:
            self._on_look()

    def _hub_facts(self, name: str) -> str:
        dataset = self._datasets.get(name)
        if dataset is None:
            return self.tr("A data set on the hub.")
        parts = [
            self.tr("{0} downloads").format(count_text(dataset.downloads)),
            dataset.license or self.tr("no license named"),
        ]
        return " · ".join([*parts, self.tr("asks for consent on its page")] if dataset.gated else parts)

    def _on_look(self) -> None:
        self.facts.setText(self.tr("Looking at it…"))
        self._description.ask(DescribeText(text=self._meant(), part=self._part, model=self._model))

    def _on_described(self, description: object) -> None:
        assert isinstance(description, TextDescription)
        size = self.tr("{0} characters").format(count_text(description.characters))
        parts = [size if description.records is None else self.tr("{0} records, {1}").format(description.records, size)]
        if description.tokens is not None:
            parts.append(self.tr("{0} tokens of this model").format(count_text(description.tokens)))
        if description.records is not None and description.chat_template is not None:
            has = self.tr("with the chat template"), self.tr("without a chat template: the tokenizer has none")
            parts.append(has[0] if description.chat_template else has[1])
        if description.name.partition(":")[0] in (MIXED, SAMPLE):
            parts.append(self.tr("held-out part") if self._part == "validation" else self.tr("training part"))
        self.facts.setText(" · ".join(parts))
        self.preview.setPlainText(description.beginning)

    def _on_failed(self, failure: Failure | None) -> None:
        self.facts.setText("")
        if failure is not None:
            self.banner.show_message("error", str(failure))

    # -- the hub, files ----------------------------------------------------------------------------------------------
    def _on_search(self) -> None:
        words = self.hub.text().strip()
        self._search.drop()
        if words.startswith("hub:"):
            self._show_datasets(())
            self.list.setCurrentItem(self._add(words, text_title(words)))
        elif len(words) > 1:
            self._search.ask(SearchDatasets(words=words))

    def _show_datasets(self, datasets: object) -> None:
        assert isinstance(datasets, tuple)
        for row in reversed(range(self.list.count())):
            if self.list.item(row).data(NAME + 1):
                self.list.takeItem(row)
        self._datasets = {f"hub:{dataset.name}": dataset for dataset in datasets}
        if datasets:
            self._heading(self.tr("On the hub"))
            self.list.item(self.list.count() - 1).setData(NAME + 1, True)
        for name in self._datasets:
            self._add(name, name.removeprefix("hub:")).setData(NAME + 1, True)
        if datasets:
            self.list.scrollToItem(self.list.item(self.list.count() - len(datasets)))

    def _on_search_failed(self, failure: Failure | None) -> None:
        if failure is not None:
            self.banner.show_message("warning", str(failure))

    def _on_file(self) -> None:
        kinds = self.tr("Texts (*.txt *.md *.raw *.json *.jsonl *.ndjson);;All files (*)")
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Text"), "", kinds)
        if chosen:
            self.list.setCurrentItem(self._add(chosen, text_title(chosen)))

    # -- the end -----------------------------------------------------------------------------------------------------
    def _on_use(self, *_: object) -> None:
        name = self.name
        if not name:
            return
        if name.startswith("hub:") or os.path.exists(name):
            add_recent(RECENT, name)
        self.chosen.emit(name)
        self.accept()

    def done(self, result: int) -> None:
        """Cancel pending requests when the dialog closes."""
        self._description.drop()
        self._search.drop()
        super().done(result)
