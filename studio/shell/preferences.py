"""Preferences: looks, where results lie and how much is kept, the hub, the device, defaults of methods."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QTabWidget,
    QWidget,
)

from engine.base.errors import StudioError
from engine.base.files import choose_home, chosen_home, home
from engine.base.human import bytes_text
from engine.methods.registry import methods
from engine.pipeline.document import Evaluation
from studio.document.session import Session
from studio.document.settings import LANGUAGES, MAX_TEXT, MIN_TEXT, THEME_CHOICES, UserSettings
from studio.engine_words import engine_word
from studio.forms.form import SettingsForm
from studio.kit import message_boxes
from studio.kit.background import BackgroundTask
from studio.kit.dialogs import room_for
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, theme
from studio.kit.widgets import Banner, button, label, make_tall
from studio.shell import languages

EVALUATION = "evaluation"


class TextSizeBox(QSpinBox):
    """Text size relative to the desktop's, in points, with the resulting size."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setRange(MIN_TEXT, MAX_TEXT)

    def textFromValue(self, value: int) -> str:
        size = f"{theme().text_points(value):g} pt"
        return size if value else self.tr("{0} (system)").format(size)

    def valueFromText(self, text: str) -> int:
        match = re.match(r"\s*(\d+)", text)
        return round(int(match[1]) - theme().text_points()) if match else self.value()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        valid = self.minimum() <= self.valueFromText(text) <= self.maximum()
        return QValidator.State.Acceptable if valid else QValidator.State.Intermediate, text, position


class Preferences(QDialog):
    """Every change is kept at once; what needs a new start says so."""

    theme_chosen = Signal(str)

    def __init__(self, settings: UserSettings, running: Callable[[], bool], parent: QWidget) -> None:
        """``running``: whether a run is going on, in which nothing is removed."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Preferences"))
        self._settings, self._running = settings, running
        self.banner = Banner(self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._looks(), self.tr("Appearance"))
        self.tabs.addTab(self._files(), self.tr("Files"))
        self.tabs.addTab(self._hub(), self.tr("Hub"))
        self.tabs.addTab(self._device(), self.tr("Device"))
        self.tabs.addTab(self._defaults(), self.tr("Defaults"))
        close = button(self.tr("Close"), self, look="primary", on=self.close)
        self.setLayout(vbox((self.tabs, 1), self.banner, hbox(None, close), margins=2 * SPACING))
        for editor in (
            self.theme,
            self.size_box,
            self.language,
            self.folder,
            self.limit,
            self.mirror,
            self.device,
            self.method,
        ):
            make_tall(editor)
        self.resize(*room_for(self, 640, 560))
        self._measure()

    def _page(self) -> tuple[QWidget, QFormLayout]:
        page = QWidget(self)
        form = QFormLayout(page)
        form.setContentsMargins(SPACING, 2 * SPACING, SPACING, SPACING)
        form.setVerticalSpacing(SPACING + 4)
        form.setHorizontalSpacing(2 * SPACING)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        return page, form

    def _note(self, form: QFormLayout, text: str) -> None:
        form.addRow("", label(text, self, look="muted"))

    def _keep(self, name: str, value: Any) -> None:
        setattr(self._settings, name, value)
        self._settings.write()

    # -- appearance --------------------------------------------------------------------------------------------------
    def _looks(self) -> QWidget:
        page, form = self._page()
        self.theme = QComboBox(page)
        words = self.tr("Same as the system"), self.tr("Dark"), self.tr("Light"), self.tr("High contrast")
        for choice, text in zip(THEME_CHOICES, words, strict=True):
            self.theme.addItem(text, choice)
        self.theme.setCurrentIndex(THEME_CHOICES.index(self._settings.theme))
        self.theme.activated.connect(self._on_theme)
        self.size_box = TextSizeBox(page)
        self.size_box.setValue(self._settings.text_size)
        self.size_box.valueChanged.connect(self._on_text_size)
        form.addRow(self.tr("&Theme"), self.theme)
        form.addRow(self.tr("Text &size"), self.size_box)
        self.language = QComboBox(page)
        self.language.addItem(self.tr("Same as the system"), "system")
        for name in LANGUAGES:
            self.language.addItem(languages.NAMES[name], name)
        fixed = bool(os.environ.get(languages.VARIABLE))
        chosen = self._settings.language
        self.language.setCurrentIndex(self.language.findData(languages.language_in_use(chosen) if fixed else chosen))
        self.language.activated.connect(self._on_language)
        form.addRow(self.tr("&Language"), self.language)
        self.language.setEnabled(not fixed)
        from_environment = self.tr("Set by the environment variable {0}.").format(languages.VARIABLE)
        text = self.tr("Used after a restart. Settings and messages of methods are in English.")
        self._note(form, from_environment if fixed else text)
        return page

    def _on_language(self, index: int) -> None:
        self._keep("language", self.language.itemData(index))

    def _on_theme(self, index: int) -> None:
        self.theme_chosen.emit(THEME_CHOICES[index])

    def _on_text_size(self, points: int) -> None:
        self._keep("text_size", points)
        theme().enlarge(points)

    # -- files -------------------------------------------------------------------------------------------------------
    def _files(self) -> QWidget:
        page, form = self._page()
        self.folder = QLineEdit(str(home()), page, readOnly=True)
        choose = button(self.tr("Change…"), page, picture="folder", on=self._on_folder)
        fixed = bool(os.environ.get("COMPRESSION_STUDIO_HOME"))
        choose.setEnabled(not fixed)
        form.addRow(self.tr("Data folder"), hbox((self.folder, 1), choose, gap=SPACING))
        text = self.tr("Runs, artifacts and caches. A new folder is used after a restart. Files are not moved.")
        from_environment = self.tr("Set by the environment variable {0}.").format("COMPRESSION_STUDIO_HOME")
        self._note(form, from_environment if fixed else text)
        self.space = label(self.tr("Calculating…"), page)
        form.addRow(self.tr("Disk usage"), self.space)
        self.unused = button(self.tr("Delete unused data"), page, picture="delete", on=partial(self._clean, "unused"))
        self.cache = button(self.tr("Clear cache"), page, on=partial(self._clean, "cache"))
        for control in (self.unused, self.cache, choose):
            control.setAutoDefault(False)
        form.addRow("", hbox(self.unused, self.cache, None, gap=SPACING))
        self.limit = QDoubleSpinBox(page, maximum=1e6, decimals=1, suffix=" GB")
        self.limit.setSpecialValueText(self.tr("no limit"))
        self.limit.setValue(self._settings.artifact_limit_gb)
        self.limit.valueChanged.connect(partial(self._keep, "artifact_limit_gb"))
        self.trim = button(self.tr("Apply now"), page, on=partial(self._clean, "trim"))
        self.trim.setAutoDefault(False)
        form.addRow(self.tr("Limit artifacts to"), hbox(self.limit, self.trim, None, gap=SPACING))
        text = self.tr(
            "Applied after every run. Unused artifacts are deleted first, then the oldest. Metrics and charts stay."
        )
        self._note(form, text)
        return page

    def _on_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Data folder"), self.folder.text())
        if not chosen:
            return
        try:
            choose_home(chosen)
        except StudioError as error:
            self.banner.show_message("error", str(error))
            return
        self.folder.setText(chosen_home())
        self.banner.show_message(
            "info", self.tr("The new folder is used after a restart. The present one is not changed.")
        )

    def _measure(self) -> None:
        from engine.record.disk_usage import usage
        from engine.record.home import Home

        BackgroundTask(partial(usage, Home.default()), self).done.connect(self._show_usage)

    def _show_usage(self, usage: Any) -> None:
        if usage is None:
            self.space.setText(self.tr("The folder can't be read."))
            return
        text = self.tr("{total}: artifacts {artifacts} ({unused} unused), runs {runs}, cache {cache}")
        words = {name: bytes_text(getattr(usage, name)) for name in ("total", "artifacts", "unused", "runs", "cache")}
        self.space.setText(text.format(**words))
        self.unused.setEnabled(usage.unused > 0)
        self.cache.setEnabled(usage.cache > 0)

    def _clean(self, what: str, checked: bool = False) -> None:
        from engine.record import disk_usage
        from engine.record.home import Home

        if self._running():
            self.banner.show_message("warning", self.tr("A run is in progress. Wait until it ends, then delete data."))
            return
        verbs: dict[str, Callable[[], int]] = {
            "unused": partial(disk_usage.free_unused, Home.default()),
            "cache": partial(disk_usage.free_cache, Home.default()),
            "trim": partial(disk_usage.trim, Home.default(), round(self.limit.value() * 1e9)),
        }
        if what == "trim" and not (self.limit.value() and self._sure()):
            return
        BackgroundTask(verbs[what], self).done.connect(self._on_cleaned)

    def _sure(self) -> bool:
        text = self.tr(
            "Models of the oldest runs are deleted until {0} GB remain. Running a pipeline again recreates them."
        )
        options = (("trim", self.tr("Delete")), ("cancel", self.tr("Cancel")))
        title = self.tr("Delete old artifacts?")
        return message_boxes.choose(self, title, text.format(self.limit.value()), options, escape="cancel") == "trim"

    def _on_cleaned(self, freed: Any) -> None:
        if freed is None:
            self.banner.show_message("error", self.tr("Not everything could be deleted."))
        else:
            self.banner.show_message("success", self.tr("{0} freed.").format(bytes_text(freed)))
        self._measure()

    # -- hub and device ----------------------------------------------------------------------------------------------
    def _hub(self) -> QWidget:
        page, form = self._page()
        form.addRow(self.tr("Token"), label(_token_words(), page))
        text = self.tr("Read from “hf auth login” or HF_TOKEN. This program never stores it.")
        self._note(form, text)
        self.mirror = QLineEdit(self._settings.hub_mirror, page)
        self.mirror.setPlaceholderText(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
        self.mirror.editingFinished.connect(self._on_mirror)
        form.addRow(self.tr("&Mirror"), self.mirror)
        self._note(form, self.tr("Used after a restart. Leave empty for the hub itself."))
        return page

    def _on_mirror(self) -> None:
        text = self.mirror.text().strip().rstrip("/")
        if text and not text.startswith(("https://", "http://")):
            self.banner.show_message(
                "error", self.tr("“{0}” is not a valid address. It must begin with https://").format(text)
            )
            return
        self._keep("hub_mirror", text)

    def _device(self) -> QWidget:
        page, form = self._page()
        self.device = QComboBox(page, editable=True)
        for name in ("", "cpu", "cuda", "cuda:0", "cuda:1", "xpu", "mps"):
            self.device.addItem(name or self.tr("Automatic"), name)
        index = self.device.findData(self._settings.device)
        self.device.setCurrentIndex(index) if index >= 0 else self.device.setEditText(self._settings.device)
        self.device.currentTextChanged.connect(self._on_device)
        form.addRow(self.tr("&Compute on"), self.device)
        text = self.tr("Used after a restart. Precision is set for each method and for evaluation: see Defaults.")
        self._note(form, text)
        return page

    def _on_device(self, text: str) -> None:
        index = self.device.findText(text)
        name = str(self.device.itemData(index)) if index >= 0 else text.strip()
        if re.fullmatch(r"(cpu|mps|(cuda|xpu)(:\d{1,2})?)?", name):
            self.banner.clear()
            self._keep("device", name)
        else:
            self.banner.show_message(
                "error", self.tr("“{0}” is not a device: write cpu, cuda, cuda:1, xpu or mps.").format(name)
            )

    # -- defaults ----------------------------------------------------------------------------------------------------
    def _defaults(self) -> QWidget:
        page = QWidget(self)
        self.method = QComboBox(page)
        self.method.setAccessibleName(self.tr("Method"))
        self.method.addItem(self.tr("Evaluation (new pipelines)"), EVALUATION)
        for info in methods().values():
            if not info.is_source:
                self.method.addItem(engine_word(info.title), info.id)
        self.form = SettingsForm(page)
        text = self.tr("Initial settings of new blocks. Existing blocks and pipelines do not change.")
        page.setLayout(vbox(label(text, page, look="muted"), self.method, (self.form, 1)))
        self.method.currentIndexChanged.connect(self._on_method)
        self._on_method(0)
        return page

    def _on_method(self, index: int) -> None:
        name = self.method.itemData(index)
        settings = Evaluation if name == EVALUATION else methods()[name].settings
        self.form.edit("", settings, self._settings.defaults.get(name, {}), partial(self._on_default, name))

    def _on_default(self, name: str, values: dict[str, Any]) -> None:
        settings = Evaluation if name == EVALUATION else methods()[name].settings
        wrong = settings.problems(values)  # shown below the fields; kept once they are right
        if "" in wrong:
            return
        former = {key: value for key, value in self._settings.defaults.get(name, {}).items() if key in wrong}
        values = {key: value for key, value in values.items() if key not in wrong} | former
        defaults = {key: value for key, value in self._settings.defaults.items() if key != name}
        self._keep("defaults", {**defaults, name: values} if values else defaults)


def _token_words() -> str:
    """The state of the access token in words, never the token itself."""
    import huggingface_hub

    if huggingface_hub.get_token():
        return QCoreApplication.translate("preferences", "Found")
    return QCoreApplication.translate(
        "preferences", "None. Only public models can be downloaded. Run “hf auth login” to add a token."
    )


class Housekeeping(QObject):
    """Keeps the artifacts below the limit of the preferences, after a run and never in one."""

    def __init__(self, settings: UserSettings, session: Session) -> None:
        super().__init__(session)
        self._settings, self._session = settings, session

    def after_run(self) -> None:
        """Remove what is over the limit."""
        limit = self._settings.artifact_limit_gb
        if limit:
            from engine.record.disk_usage import trim
            from engine.record.home import Home

            BackgroundTask(partial(trim, Home.default(), round(limit * 1e9)), self).done.connect(self._on_trimmed)

    def _on_trimmed(self, freed: Any) -> None:
        if freed:
            text = self.tr("{0} of old artifacts were deleted to stay within the limit in Preferences.")
            self._session.message.emit("info", text.format(bytes_text(freed)))
