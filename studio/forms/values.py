"""Values of settings in words. No widgets."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from engine.contracts.settings import FieldInfo, Settings
from studio.choosers.texts import text_title
from studio.engine_words import engine_word, window_fields


def value_words(info: FieldInfo, value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return QCoreApplication.translate("SettingsForm", "automatic")
    if isinstance(value, bool):
        yes, no = QCoreApplication.translate("SettingsForm", "yes"), QCoreApplication.translate("SettingsForm", "no")
        return yes if value else no
    if isinstance(value, list):
        return ", ".join(map(str, value)) or QCoreApplication.translate("SettingsForm", "none")
    return text_title(str(value)) if info.kind == "dataset" else info.text(info.labeled(value))


def typical_words(settings: type[Settings], info: FieldInfo) -> str:
    """The default of a setting and what presets take instead: "Default: 128 · Quick: 16"; "" where there is none worth
    a word."""
    default = info.default
    if default in (None, "", []) or info.kind in ("text", "paragraph", "bool"):
        return ""
    words = [QCoreApplication.translate("SettingsForm", "Default: {0}").format(value_words(info, default))]
    for name, values in settings.presets().items():
        if info.name in values and values[info.name] != default:
            words.append(f"{engine_word(name)}: {value_words(info, values[info.name])}")
    return " · ".join(words)


def preset_words(settings: type[Settings], values: dict[str, Any]) -> str:
    """The settings of a preset, for its tooltip."""
    said = [field for field in window_fields(settings) if field.name in values]
    lines = [f"{field.title}: {value_words(field, values[field.name])}" for field in said]
    return "\n".join(lines) or QCoreApplication.translate("SettingsForm", "Default settings")
