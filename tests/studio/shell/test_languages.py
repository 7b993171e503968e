"""Languages: which one is used, and that its catalogs come before English words, Qt's own too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio import catalogs
from studio.document.settings import LANGUAGES, LanguageChoice, UserSettings
from studio.kit.actions import MENUS, Actions
from studio.shell import languages
from studio.shell.preferences import Preferences
from studio.states import LOOKS, state_word


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(languages.VARIABLE, raising=False)


@pytest.fixture
def installed(qapp: QApplication) -> Iterator[list[QTranslator]]:
    """The German catalogs, as long as a test lasts."""
    made = languages.install(qapp, "de")
    yield made
    for translator in made:
        qapp.removeTranslator(translator)
        translator.deleteLater()


def test_each_language_has_a_catalog() -> None:
    assert {path.stem for path in catalogs.catalogs()} == set(LANGUAGES) == set(languages.NAMES)


@pytest.mark.parametrize(
    ("tags", "language"),
    [
        (["de-AT", "en"], "de"),
        (["fr-FR", "de-DE"], "de"),
        (["zh-CN"], "zh_CN"),
        (["zh-Hans-SG"], "zh_CN"),
        (["zh-TW"], "en"),
        (["fr"], "en"),
        (["en-US", "de"], "en"),
        ([], "en"),
    ],
)
def test_the_system_decides_unless_a_person_does(
    tags: list[str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QLocale, "uiLanguages", lambda locale: tags)
    assert languages.language_in_use("system") == language
    assert languages.language_in_use("zh_CN") == "zh_CN"
    monkeypatch.setenv(languages.VARIABLE, "de")
    assert languages.language_in_use("zh_CN") == "de"
    monkeypatch.setenv(languages.VARIABLE, "tlh")
    assert languages.language_in_use("zh_CN") == "en"


def test_catalogs_of_the_program_and_of_qt_are_used(installed: list[QTranslator], qapp: QApplication) -> None:
    assert len(installed) == 3
    assert state_word("done") == "Fertig"
    assert all(state_word(state) != look.word for state, look in LOOKS.items())
    assert qapp.translate("QPlatformTheme", "Cancel") == "Abbrechen"


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_of_each_menu_differ(language: LanguageChoice, qapp: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    translators = languages.install(qapp, language)
    actions = Actions(window)
    for translator in translators:
        qapp.removeTranslator(translator)
        translator.deleteLater()
    for spec, action in actions:
        assert "&" not in spec.plain_text and "(" not in action.iconText(), spec.text
    for menu in MENUS:
        texts = [spec.text for spec, _ in actions.in_menu(menu)]
        letters = Counter(text[text.index("&") + 1].lower() for text in texts if "&" in text)
        assert letters and all(count == 1 for count in letters.values()), f"{menu}: {letters}"


def test_english_installs_its_plurals_alone(qapp: QApplication) -> None:
    (plurals,) = languages.install(qapp, "en")
    assert state_word("done") == "Done"
    assert [qapp.translate("CanvasEditor", "Move %n blocks", "", n) for n in (1, 3)] == [
        "Move 1 block",
        "Move 3 blocks",
    ]
    qapp.removeTranslator(plurals)
    plurals.deleteLater()


@pytest.mark.parametrize(
    ("language", "one", "more"),
    [("en", "1 run", "2 runs"), ("de", "1 Lauf", "2 Läufe"), ("zh_CN", "1 次运行", "2 次运行")],
)
def test_one_and_several_have_their_own_words(
    language: LanguageChoice, one: str, more: str, qapp: QApplication
) -> None:
    made = languages.install(qapp, language)
    assert [qapp.translate("Versions", "%n runs", "", n) for n in (1, 2)] == [one, more]
    for translator in made:
        qapp.removeTranslator(translator)
        translator.deleteLater()


def test_a_widget_of_a_derived_class_has_the_texts_of_its_base(installed: list[QTranslator], qtbot: QtBot) -> None:
    class Another(Preferences):
        pass

    parent = QWidget()
    qtbot.addWidget(parent)
    made = Another(UserSettings(), lambda: False, parent)
    assert made.windowTitle() == "Programmeinstellungen"


def test_the_choice_is_kept_and_counts_from_the_next_start(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = Preferences(UserSettings(), lambda: False, parent)
    assert [made.language.itemData(n) for n in range(made.language.count())] == ["system", *LANGUAGES]
    made.language.activated.emit(made.language.findData("de"))
    assert UserSettings.read().language == "de" and made.windowTitle() == "Preferences"


def test_the_environment_fixes_the_language(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(languages.VARIABLE, "de")
    parent = QWidget()
    qtbot.addWidget(parent)
    made = Preferences(UserSettings(), lambda: False, parent)
    assert not made.language.isEnabled() and made.language.currentText() == "Deutsch"
