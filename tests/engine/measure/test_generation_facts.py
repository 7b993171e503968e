"""The verdict on answers, of answers that are written here by hand."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest

from engine.contracts.generation import GENERATION, generation_of
from engine.measure.answers import Answers, Prompt, Row, Written, prompts
from engine.measure.generation_check import generation_measurement
from engine.measure.generation_facts import check_of, sentence_of, tail

END = 9000
SENTENCES = (
    "the old man went down to the boat and looked over the sea",
    "she told him that the boat was at the sea with an old man",
    "down at the sea the old boat was looked after by a man",
    "the sea was calm and the man told her about the old boat",
)


def row(text: str, end: int | None = END) -> Row:
    return Row(tokens=[zlib.crc32(word.encode()) % 8000 for word in text.split()], end=end, text=text)


def answers(change: Callable[[Prompt, Written], Written] | None = None, ends: tuple[int, ...] = (END,)) -> Answers:
    every = []
    for prompt in prompts("check"):
        beginning = prompt.expected or ('{"id": 5, "name": "Kurt"}\n{"id": 6' if prompt.format == "json" else "")
        own = prompt.domain == "language" and not prompt.expected
        rows = [
            row(f"{prompt.text if own else beginning} {sentence[:20] if own else sentence}") for sentence in SENTENCES
        ]
        written = Written(
            name=prompt.name,
            ids=[1, 2, 3],
            shown=prompt.text,
            templated=prompt.chat,
            rows=rows,
            confidence=[],
            choices=[],
        )
        count = len(written.forced)
        written = written.model_copy(update={"confidence": [0.97] * count, "choices": list(written.forced)})
        every.append(written if change is None else change(prompt, written))
    return Answers(scope="check", end_tokens=list(ends), written=every)


def reasons(change: Callable[[Prompt, Written], Written] | None = None, **more: tuple[int, ...]) -> str:
    _, check = check_of(answers(), answers(change, **more))
    assert (check.verdict == "writes") == (not check.reasons)
    return "\n".join(check.reasons)


def rewritten(rewrite: Callable[[Prompt, Row], Row]) -> Callable[[Prompt, Written], Written]:
    return lambda prompt, written: written.model_copy(update={"rows": [rewrite(prompt, row) for row in written.rows]})


def test_a_model_writes_as_itself() -> None:
    metrics, check = check_of(answers(), answers())
    assert check.verdict == "writes" and sentence_of(check) == ""
    assert metrics == {"loops": 0.0, "generation_agreement": 1.0, "generation_distance": 0.0, "token_flips": 0.0}
    assert {fact.name for fact in check.facts} >= {"loops", "early_ends", "endless", "language", "json", "tasks"}


def test_other_words_of_the_same_kind_are_no_damage() -> None:
    turned = rewritten(lambda prompt, one: row(f"{prompt.expected} {SENTENCES[(len(one.text)) % 4]}"))

    def change(prompt: Prompt, written: Written) -> Written:
        return written if prompt.format or prompt.domain == "language" else turned(prompt, written)

    metrics, check = check_of(answers(), answers(change))
    assert check.verdict == "writes", check.reasons
    assert metrics["generation_agreement"] < 1 and metrics["generation_distance"] > 0


@pytest.mark.parametrize(
    ("rewrite", "reason"),
    [
        (lambda p, r: Row(tokens=[7, 8] * 32, end=None, text="so it " * 32), "repeat themselves"),
        (lambda p, r: row(" ".join(r.text.split()[:3])), "end early"),
        (lambda p, r: r.model_copy(update={"end": None}), "do not end"),
        (lambda p, r: r.model_copy(update={"special": 2}), "tokens of a chat template"),
        (lambda p, r: row(r.text.translate({ord("o"): "ж", ord("e"): "д"})), "script"),
        (lambda p, r: row("xq zzv kjw qqp vvx wkz jqx pzv kkq wvx zjq xpw"), "not like the original's"),
        (lambda p, r: row(SENTENCES[0]) if p.domain == "language" else r, "in the language"),
        (lambda p, r: row(f"}}) {r.text}") if p.format else r, "brackets"),
        (lambda p, r: row("id: 5\nname: Kurt\nid: 6\n" + r.text) if p.format == "json" else r, "JSON"),
        (lambda p, r: row(SENTENCES[1]) if p.expected else r, "counting and copying"),
    ],
)
def test_damage_is_named(rewrite: Callable[[Prompt, Row], Row], reason: str) -> None:
    assert reason in reasons(rewritten(rewrite))


def test_files_that_changed_are_named() -> None:
    def other(prompt: Prompt, written: Written) -> Written:
        return written.model_copy(update={"ids": [1, 2, 4]}) if prompt.chat else written

    assert "makes other prompts" in reasons(other)
    assert "is lost" in reasons(lambda prompt, written: written.model_copy(update={"templated": False}))
    assert "not an end token" in reasons(ends=(1,))
    assert "tokenizer" in reasons(
        lambda prompt, written: written if prompt.chat else written.model_copy(update={"ids": [5]})
    )


def test_an_answer_that_fails_is_a_reason() -> None:
    def failed(prompt: Prompt, written: Written) -> Written:
        return Written(name="story", error="the logits are not finite") if prompt.name == "story" else written

    assert reasons(failed) == "story: the logits are not finite"


def test_flips_of_one_domain_are_seen_and_single_ones_are_not() -> None:
    def flipped(count: int) -> Callable[[Prompt, Written], Written]:
        def change(prompt: Prompt, written: Written) -> Written:
            if prompt.name != "counting":
                return written
            return written.model_copy(update={"choices": [-1] * count + written.choices[count:]})

        return change

    assert reasons(flipped(2)) == ""
    assert "in counting" in reasons(flipped(8))


def test_the_binomial_tail_adds_up() -> None:
    assert tail(10, 0.3, 0) == pytest.approx(1.0)
    assert tail(10, 0.3, 10) == pytest.approx(0.3**10)
    assert tail(4, 0.5, 3) == pytest.approx(5 / 16)


def test_the_check_comes_back_from_a_report() -> None:
    damaged = answers(rewritten(lambda prompt, one: one.model_copy(update={"end": None})))
    measured = generation_measurement(answers(), damaged)
    check = generation_of(measured.details)
    assert check is not None and check.verdict == "damaged" and len(check.answers) == len(prompts("check"))
    assert "do not end" in measured.protocol["generation_damaged"]
    assert generation_of({GENERATION: {"verdict": 5}}) is None and generation_of({}) is None
    alone = generation_measurement(answers())
    assert alone.metrics == {"loops": 0.0} and not alone.details


def test_an_original_that_answers_nothing_judges_nobody() -> None:
    silent = answers(lambda prompt, written: Written(name=prompt.name, error="its template does not end"))
    measured = generation_measurement(silent, answers())
    assert not measured.metrics and "not measured" in measured.protocol[GENERATION]
