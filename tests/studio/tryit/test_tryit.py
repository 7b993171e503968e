"""Original and compressed model write side by side."""

from __future__ import annotations

import pytest
from fake_engine import FakeEngine
from PySide6.QtWidgets import QPushButton

from engine.contracts.commands import Generate, Generation
from engine.contracts.events import Failure, Generated, RunChanged
from studio.tryit.panel import TryItPanel


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def panel(qtbot, bridge):
    made = TryItPanel(bridge)
    qtbot.addWidget(made)
    made.show()
    return made


MODELS = [("Model", "/a"), ("Middle", "/m"), ("Small", "/b")]


def test_without_models_it_says_what_to_do(panel):
    assert "Run a pipeline first" in panel.banner.text() and not panel._go.isEnabled()


def test_the_original_and_the_last_result_are_asked(panel, engine):
    panel.set_models(MODELS)
    panel._prompt.setPlainText("Hello")
    panel._tokens.setValue(5)
    panel._go.click()
    (command,) = engine.commands
    assert isinstance(command, Generate)
    assert (command.models, command.prompt, command.tokens, command.temperature) == (("/a", "/b"), "Hello", 5, 0.0)


def test_pieces_go_to_their_column_and_speeds_are_shown(panel, bridge, engine):
    panel.set_models(MODELS)
    panel._go.click()
    job = engine.commands[-1].id
    for model, text in (("/a", "one "), ("/b", "two "), ("/a", "more")):
        engine.say(Generated(run=job, model=model, text=text))
    bridge.pump()
    assert panel._left._text.toPlainText() == "one more" and panel._right._text.toPlainText() == "two "
    assert panel._stop.isVisible() and not panel._go.isEnabled()
    engine.answer(Generation({"/a": 12.5, "/b": 20.0}, {"/b": "llama.cpp (xllamacpp 1)"}))
    bridge.pump()
    assert panel._right._speed.text() == "20.0 tokens/s · llama.cpp", "where another program wrote, it is named"
    assert panel._left._speed.text() == "12.5 tokens/s" and panel._go.isEnabled() and not panel._stop.isVisible()


def test_how_tokens_are_drawn_and_where_the_text_ends_is_sent(panel, engine):
    panel.set_models(MODELS)
    assert not panel._top_p.isEnabled(), "the most likely token is taken"
    panel._temperature.setValue(0.8)
    panel._top_p.setValue(0.9)
    panel._stop_at.setText(r"END\n")
    panel._go.click()
    command = engine.commands[-1]
    assert panel._top_p.isEnabled() and (command.temperature, command.top_p, command.stop) == (0.8, 0.9, ("END\n",))


@pytest.mark.parametrize(
    ("texts", "said", "lit"),
    [
        (("one two three", "one two thirty four"), "First 2 words identical", ("three", "thirty")),
        (("one two", "one two three"), "First 2 words identical", ("", "three")),
        (("one two", "one twofold"), "First word identical", ("two", "twofold")),
        (("🙂 two three", "🙂 two thirty"), "First 2 words identical", ("three", "thirty")),
        (("ten", "one"), "Different from the start", ("ten", "one")),
        (("one two", "one two"), "Identical text", None),
    ],
)
def test_the_first_word_that_differs_is_marked_in_both_texts(panel, bridge, engine, texts, said, lit):
    panel.set_models(MODELS)
    panel._go.click()
    job = engine.commands[-1].id
    for model, text in zip(("/a", "/b"), texts, strict=True):
        engine.say(Generated(run=job, model=model, text=text))
    engine.answer(Generation({"/a": 12.5, "/b": 20.0}, {"/b": "llama.cpp (xllamacpp 1)"}))
    bridge.pump()
    columns = (panel._left, panel._right)
    assert all(column._same.isVisible() and column._same.text() == said for column in columns)
    spots = [[each.cursor.selectedText() for each in column._text.extraSelections()] for column in columns]
    assert spots == ([[], []] if lit is None else [[word] for word in lit])
    panel._go.click()
    assert not panel._left._same.isVisible() and not panel._left._text.extraSelections()


def test_one_model_is_asked_once(panel, engine):
    panel.set_models([("Model", "/a")])
    panel._go.click()
    assert engine.commands[-1].models == ("/a",)


def test_stopping_keeps_what_was_written(panel, bridge, engine):
    panel.set_models(MODELS)
    panel._go.click()
    job = engine.commands[-1].id
    engine.say(Generated(run=job, model="/a", text="kept"))
    bridge.pump()
    panel._stop.click()
    assert engine.calls == [("cancel", job)]
    engine.say(RunChanged(run=job, state="cancelled"))
    bridge.pump()
    assert panel._left._text.toPlainText() == "kept" and panel._go.isEnabled()


def test_a_failure_is_a_sentence(panel, bridge, engine):
    panel.set_models(MODELS)
    panel._go.click()
    engine.say(Failure(run=engine.commands[-1].id, what="The prompt is too long", why="4000 tokens"))
    bridge.pump()
    assert panel.banner.text() == "The prompt is too long: 4000 tokens."


def test_the_newest_result_is_shown_until_the_user_picks(panel):
    panel.set_models(MODELS)
    panel.set_models([*MODELS, ("New", "/c")])
    assert panel._right.path == "/c"
    panel._right.choice.setCurrentIndex(1)
    panel._right.choice.activated.emit(1)
    panel.set_models([*MODELS, ("New", "/c"), ("Newer", "/d")])
    assert panel._right.path == "/m"


def write(bridge, engine, **texts):
    """The models write; a, b, m: "/a" and so on."""
    job = engine.commands[-1].id
    for name, text in texts.items():
        engine.say(Generated(run=job, model=f"/{name}", text=text))
    engine.answer(Generation({f"/{name}": 10.0 for name in texts}))
    bridge.pump()


def test_a_chat_has_turns_with_each_model_its_own(panel, bridge, engine):
    panel.set_models(MODELS)
    panel._chat.click()
    assert panel._go.text() == "Send" and not panel._fresh.isVisible()
    panel._prompt.setPlainText("  ")
    panel._go.click()
    assert not engine.commands, "there is nothing to answer"
    panel._prompt.setPlainText("Hello")
    panel._go.click()
    assert engine.commands[-1].chat and engine.commands[-1].before == {"/a": (), "/b": ()}
    assert panel._prompt.toPlainText() == ""
    write(bridge, engine, a="Hi there", b="Hi 🙂 you")
    assert panel._left._text.toPlainText() == "Hello\nHi there" and panel._left._same.text() == "First word identical"
    panel._prompt.setPlainText("And now?")
    panel._go.click()
    assert engine.commands[-1].prompt == "And now?"
    assert engine.commands[-1].before == {"/a": (("Hello", "Hi there"),), "/b": (("Hello", "Hi 🙂 you"),)}
    write(bridge, engine, a="Now this", b="Now that")
    assert panel._right._text.toPlainText() == "Hello\nHi 🙂 you\n\nAnd now?\nNow that"
    marked = [[each.cursor.selectedText() for each in c._text.extraSelections()] for c in panel._columns]
    assert marked == [["this"], ["that"]], "of the last answers"
    panel._fresh.click()
    assert panel._left._text.toPlainText() == "" and not panel._fresh.isVisible()
    panel._prompt.setPlainText("Anew")
    panel._go.click()
    assert engine.commands[-1].before == {"/a": (), "/b": ()}


def test_what_was_stopped_is_a_turn_and_what_failed_is_none(panel, bridge, engine):
    panel.set_models(MODELS)
    panel._chat.click()
    panel._prompt.setPlainText("Hello")
    panel._go.click()
    engine.say(Generated(run=engine.commands[-1].id, model="/a", text="Hal"))
    engine.say(RunChanged(run=engine.commands[-1].id, state="cancelled"))
    bridge.pump()
    panel._prompt.setPlainText("More")
    panel._go.click()
    assert engine.commands[-1].before == {"/a": (("Hello", "Hal"),), "/b": ()}


def test_more_models_write_beside_each_other(panel, bridge, engine):
    panel.set_models([*MODELS, ("Last", "/l")])
    panel._more.click()
    assert [column.path for column in panel._columns] == ["/a", "/l", "/m"]
    third = panel._columns[2]
    assert third._close.isVisible() and not panel._left._close.isVisible()
    panel._go.click()
    assert engine.commands[-1].models == ("/a", "/l", "/m") and not third._close.isEnabled()
    write(bridge, engine, a="one two", l="one three", m="one two")
    assert [column._same.text() for column in panel._columns] == [
        "First word identical", "First word identical", "Identical text",
    ]  # fmt: skip
    third.choose("/b")
    assert third.text() == "", "another model did not write that"
    panel._more.click()
    panel._columns[3]._close.click()
    panel.set_models(MODELS[:1] + MODELS[2:])
    assert [column.path for column in panel._columns] == ["/a", "/b", "/b"]
    panel.set_models(MODELS[:2])
    assert [column.path for column in panel._columns] == ["/a", "/m"], "with its model the column goes"


def test_a_message_that_nothing_answered_stays_to_be_sent_again(panel, bridge, engine):
    panel.set_models(MODELS)
    panel._chat.setChecked(True)
    panel._prompt.setPlainText("Who are you?")
    panel._go.click()
    assert "Loading" in panel._left._text.placeholderText() and panel._prompt.toPlainText() == ""
    engine.say(Failure(run=engine.commands[-1].id, what="Memory ran out", advice="close other programs"))
    bridge.pump()
    assert panel._prompt.toPlainText() == "Who are you?"
    retry = next(each for each in panel.banner.findChildren(QPushButton) if each.text() == "Try again")
    retry.click()
    assert engine.commands[-1].prompt == "Who are you?" and len(engine.commands) == 2


@pytest.mark.parametrize(
    ("name", "text", "chats"),
    [
        ("chat_template.jinja", "{{ messages }}", True),
        ("tokenizer_config.json", '{"chat_template": "{{ messages }}"}', True),
        ("tokenizer_config.json", '{"eos_token": "</s>"}', False),
        ("tokenizer_config.json", "{", False),
        ("config.json", "{}", False),
    ],
)
def test_models_with_a_chat_template_chat_unless_the_user_chose(panel, tmp_path, name, text, chats):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / name).write_text(text)
    panel.set_models([("Model", str(tmp_path / "model.gguf")), ("Small", str(folder))])
    assert panel._chat.isChecked() == chats and panel._prompt.toPlainText() == ("" if chats else "Once upon a time")
    panel._chat.click()
    panel.set_models([("Model", str(folder))])
    assert panel._chat.isChecked() != chats, "the user chose"
