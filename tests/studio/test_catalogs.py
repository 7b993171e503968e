"""Catalogs of the window's texts: they have all texts of the sources, and translations keep what is filled in."""

from __future__ import annotations

import ast
import html
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator

from engine import words
from engine.contracts.settings import fields
from engine.methods.registry import methods
from studio import catalogs
from studio.catalogs import Text
from studio.kit.marking import ENGINE

SOURCES = sorted(catalogs.SOURCES.rglob("*.py"))
EVERY = pytest.mark.parametrize("catalog", catalogs.catalogs(), ids=lambda path: path.stem)
PLACES = re.compile(r"\{[^{}]*\}|%n|%L?\d|</?[a-zA-Z][^<>]*>")
"""What is filled in, and tags."""
MARKED = "QT_TRANSLATE_NOOP"
ENGINE_CONTEXT = "ENGINE"
TRANSLATORS = ("self.tr", "tr", "translate", "QCoreApplication.translate")


def faults(text: Text) -> Iterator[str]:
    """All that is wrong with a translation, beside its words."""
    for translation in text.translation:
        if not translation:
            continue  # shown in English
        places = Counter(PLACES.findall(text.source))
        if len(text.translation) > 1 and "%n" not in translation:
            del places["%n"]  # that of one may say it in words
        if Counter(PLACES.findall(translation)) != places:
            yield "other places to fill in, or tags"
        if _keys(translation) > 1 or bool(_keys(translation)) != bool(_keys(text.source)):
            yield "a key more or less"
        if translation.count("\n") != text.source.count("\n"):
            yield "other lines"
        if translation.strip() != translation and text.source.strip() == text.source:
            yield "a space around it"
        if text.source.endswith("…") != translation.endswith("…"):
            yield "the dots at its end differ"


def _keys(text: str) -> int:
    return len(re.findall(r"&(?=\w)", re.sub(r"&&|&\w+;", "", text)))


@pytest.mark.parametrize("language", ["de", "zh_CN"])
def test_short_words_of_the_engine_are_translated(language: str) -> None:
    """Names of methods, settings, choices, metrics: a new one is extracted from the registry, and missing here until
    somebody translates it."""
    done = {text.source for text in _of_engine(language) if text.finished and text.translation[0]}
    assert not [word for word in words.short_words() if word not in done]


def test_the_registries_are_extracted() -> None:
    """By construction: all that a form can show of a method, with its summary and help."""
    known = {text.source for text in _of_engine("de")}
    for info in (info for info in methods().values() if not info.origin):
        told = [info.title, info.summary, *info.settings.presets()]
        for field in fields(info.settings):
            told += [field.title, field.help, field.section, field.unit]
            told += [label for value, label in field.choices if label != str(value)]
        assert not [text for text in told if re.search("[A-Za-z]", text) and text not in known], info.id


def _of_engine(language: str) -> list[Text]:
    return [text for text in catalogs.texts(catalogs.FOLDER / f"{language}.ts") if text.context == ENGINE]


@EVERY
def test_translations_keep_what_is_filled_in(catalog: Path) -> None:
    found = [f"{text.context}, {text.source!r}: {fault}" for text in catalogs.texts(catalog) for fault in faults(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("{0} of {1}", "{0} von {0}"),
        ("{name} is gone", "{nmae} ist weg"),
        ("%n runs", "Läufe"),
        ("<b>Run</b>", "<b>Lauf"),
        ("&Run", "&Lauf &neu"),
        ("&Run", "Lauf"),
        ("one\ntwo", "eins zwei"),
        ("Open…", "Öffnen"),
        ("Run", " Lauf"),
    ],
)
def test_a_damaged_translation_is_found(source: str, translation: str) -> None:
    assert list(faults(Text("Any", source, "", (translation,), True)))


@EVERY
def test_no_text_of_the_sources_is_missing(catalog: Path) -> None:
    if catalogs.tool("lupdate") is None:
        pytest.skip("pyside6-lupdate is not here")
    assert not catalogs.differences(catalog)


def test_a_text_that_a_catalog_lacks_is_named(tmp_path: Path) -> None:
    if catalogs.tool("lupdate") is None:
        pytest.skip("pyside6-lupdate is not here")
    words = (catalogs.FOLDER / "de.ts").read_text("utf-8")
    message = words[words.index("<message>") : words.index("</message>") + len("</message>")]
    source = message[message.index("<source>") + 8 : message.index("</source>")]
    (tmp_path / "de.ts").write_text(words.replace(message, message.replace(source, "A text of the past"), 1), "utf-8")
    lines = catalogs.differences(tmp_path / "de.ts")
    assert len(lines) == 2 and html.unescape(source) in lines[0] and "A text of the past" in lines[1]


@EVERY
def test_what_is_loaded_is_what_translators_wrote(catalog: Path) -> None:
    """The .qm was made again after the last change."""
    translator = QTranslator()
    loaded = translator.load(str(catalog.with_suffix(".qm")))
    for text in catalogs.texts(catalog):
        if text.translation[0] and len(text.translation) == 1:
            assert loaded and translator.translate(*text[:3]) == text.translation[0], text


NUMBERED = re.compile(
    r"\{\w*\}(?: (?!(?:of|in|is|does)\b)[a-z]+)? (?!(?:does|writes|stays|starts|goes)\b)[a-z]+[a-rt-z]s\b"
)
"""A number that is filled in, and what there are so many of."""
NOT_COUNTED = {
    "{0} bits", "{0} bits a weight", "{0} in {1}, {2} bits a weight", "{0} bits per weight", "{0} nats",
    "{0} nats ({1} to {2})", "{speed} tokens/s", "{preset} settings of {block}", "{0} characters", "{0} parameters",
    "{0} tokens with this model's tokenizer", "activations from {0} tokens", "Measured on {0} tokens of “{1}”",
}  # fmt: skip
"""Texts of sizes and rates, which have decimals, and of what nobody has one of."""


@EVERY
def test_texts_with_a_number_have_plurals_in_all_languages(catalog: Path) -> None:
    """Both forms are written; those of English differ, as otherwise the text needed no number."""
    texts = [text for text in catalogs.texts(catalog) if "%n" in text.source]
    assert texts
    for text in texts:
        assert all(text.translation) and text.finished, text
        if catalog.stem == catalogs.ENGLISH:
            one, more = text.translation
            assert one != more == text.source, text


def test_no_text_counts_without_plurals() -> None:
    """Neither "block(s)" nor "1 blocks": what is counted is told to Qt, by "%n" or beside the text."""
    found, counted = [], 0
    for path in SOURCES:
        for context, call in _calls(ast.parse(path.read_text("utf-8")), ""):
            text = call.args[0 if context is not None else 1]
            words = text.value if isinstance(text, ast.Constant) else ""
            tells = len(call.args) == (3 if context is not None else 4)
            counted += tells
            if "(s)" in words or ("%n" in words) > tells or (NUMBERED.search(words) and not tells):
                found += [_where(path, call)] if words not in NOT_COUNTED else []
    assert counted and not found, "\n".join(found)


@pytest.mark.parametrize("words", ["{0} blocks", "{count} results: {names}", "{0} linear layers"])
def test_a_count_is_seen(words: str) -> None:
    assert NUMBERED.search(words) and not NUMBERED.search(words.replace("s", ""))


def test_all_texts_can_be_extracted() -> None:
    """`lupdate` sees literal texts alone; a table's texts are marked where it is made."""
    known = {text[:2] for text in catalogs.texts(catalogs.FOLDER / "de.ts")}
    found: list[str] = []
    for path in SOURCES:
        tree = ast.parse(path.read_text("utf-8"))
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        marked = MARKED in named or ENGINE_CONTEXT in named  # texts of the engine come from its registries
        called: set[int] = set()
        for context, call in _calls(tree, ""):
            called.add(id(call.func))
            texts = call.args[:1] if context is not None else call.args[:2]
            words = [text.value for text in texts if isinstance(text, ast.Constant)]
            key = tuple(words) if context is None else (context, *words)
            if key not in known if len(words) == len(texts) else not marked:
                found.append(_where(path, call))
        # the context of a text that another object translates is that object's class, which `lupdate` can't see
        names = (n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "tr")
        found += [_where(path, name) for name in names if id(name) not in called]
    assert not found, "\n".join(found)


def _where(path: Path, node: ast.expr) -> str:
    return f"{path.relative_to(catalogs.SOURCES)}, line {node.lineno}: {ast.unparse(node)}"


def _calls(tree: ast.AST, context: str) -> Iterator[tuple[str | None, ast.Call]]:
    """Calls of self.tr, each with the class that it stands in, and of translate, which name their context."""
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, ast.ClassDef) else context
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) in TRANSLATORS:
            yield (None if name.endswith("translate") else context, node)
        yield from _calls(node, inner)
