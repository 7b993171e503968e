"""Languages of the window: which there are, which one is used, and the catalogs that are installed at the start."""

from __future__ import annotations

import logging
import os

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from engine import resources
from studio.document.settings import LANGUAGES, LanguageChoice

ENGLISH: LanguageChoice = "en"
NAMES: dict[LanguageChoice, str] = {"en": "English", "de": "Deutsch", "zh_CN": "简体中文"}
"""Each language in its own words."""
VARIABLE = "COMPRESSION_STUDIO_LANGUAGE"
"""The environment variable that comes before the preference."""
LOGGER = logging.getLogger(__name__)


def language_in_use(choice: LanguageChoice) -> LanguageChoice:
    """The language to use: that of the environment, else the chosen one, else the first of the system's that there is
    a catalog for; English if there is none."""
    named = os.environ.get(VARIABLE, "") or choice
    if named in NAMES:
        return named
    if named != "system":
        LOGGER.warning("No translation is available for language %r; using English.", named)
        return ENGLISH
    return next(filter(None, map(_supported, QLocale.system().uiLanguages())), ENGLISH)


def install(application: QCoreApplication, choice: LanguageChoice) -> list[QTranslator]:
    """Install the catalogs of a language before a window is made: those of Qt first, for ours come before them. English
    has one for plurals, which is there for what another language lacks too. The application owns them."""
    name, ours = language_in_use(choice), str(resources.path("languages"))
    places: list[tuple[str, str]] = [(ENGLISH, ours)]
    if name != ENGLISH:
        places += [(f"qtbase_{name}", _qt_folder()), (name, ours)]
    installed = []
    for catalog, folder in places:
        translator = QTranslator(application)
        if translator.load(catalog, folder):
            application.installTranslator(translator)
            installed.append(translator)
        else:
            LOGGER.warning("The catalog %s.qm can't be read in %s.", catalog, folder)
    return installed


def _qt_folder() -> str:
    return QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)


def _supported(tag: str) -> LanguageChoice | None:
    """The language that a tag of the system means, such as "de-AT" or "zh-Hans-CN"; None for one without a catalog."""
    locale = QLocale(tag)
    if locale.language() == QLocale.Language.Chinese:
        return "zh_CN" if locale.script() == QLocale.Script.SimplifiedHanScript else None
    return next((name for name in LANGUAGES if QLocale(name).language() == locale.language()), None)
