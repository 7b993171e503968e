"""States, grades and changes have one look each, the same in every view."""

from __future__ import annotations

from typing import get_args

import pytest

from engine.contracts.events import RunStatus
from engine.record.comparison import Row
from studio.kit import icons
from studio.kit.theme import color
from studio.states import GRADE_LOOKS, LOOKS, change_token, look_of, run_state, state_word


def test_every_state_of_engine_and_window_has_a_word_an_icon_and_a_color(qapp) -> None:
    for look in (*LOOKS.values(), *GRADE_LOOKS.values()):
        assert look.word and look.icon in icons.names() and color(look.token).isValid()
    assert {run_state(state) for state in get_args(RunStatus)} <= LOOKS.keys()
    words = [look.word for look in LOOKS.values()]
    assert len(set(words)) == len(words), "two states can be told apart"


def test_a_process_that_died_is_interrupted_in_word_and_color() -> None:
    assert state_word(run_state("interrupted")) == "Interrupted" and look_of("interrupted").token == "error"
    assert look_of("unconfigured").token == "error" != look_of("warning").token, "errors and warnings differ from afar"


@pytest.mark.parametrize(
    ("before", "after", "token"),
    [(20.0, 20.08, "muted"), (20.0, 25.0, "warning"), (20.0, 509.0, "error"), (20.0, 19.0, "success")],
)
def test_a_change_is_colored_by_how_much_is_lost(before: float, after: float, token: str) -> None:
    row = Row("perplexity", before, after)
    assert change_token(row.verdict, row.grade) == token
