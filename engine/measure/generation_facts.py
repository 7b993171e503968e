"""Facts of two models' answers to the same prompts, and the verdict on the second. Torch-free.

Each fact is a mean over prompts. Its limit comes from the original's own answers to the same prompts: their mean and
three standard errors of it, at least a floor below which nobody would notice.
"""

from __future__ import annotations

import functools
import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.base.human import number_text
from engine.contracts.generation import AnswerPair, Fact, GenerationCheck
from engine.measure.answers import Answers, Prompt, Row, Written, prompts
from engine.measure.writing import (
    common_prefix,
    edit_distance,
    foreign_share,
    has_sound_brackets,
    is_loop,
    similarity,
    trigrams,
    valid_json_share,
)

SURE = 0.9
"""Probability from which on a model is sure of a token."""
FEWEST_SURE = 8
"""Sure tokens of a domain that it takes to judge it."""
CHANCE = 1e-3
"""Probability below which so many flips are no accident, where each sure token flips as often as the original itself
would draw another one."""
FEWEST_FLIPS = 3
ERRORS = 3.0
"""Standard errors of the original's mean that a result may be worse."""
EARLY = 0.5
"""An answer that ends before this share of the original's shortest one ends early."""
WORST = 0.95
"""A property of nearly all answers is damage, whatever the original's spread, unless it is the original's own."""
MOSTLY = 0.7
"""Share of the original's answers that end, from which on it is a prompt whose answers end."""
LIKE = 0.08
"""Similarity of a text's trigrams with those of a prompt in its language, at least."""
SHORTEST = 6
"""Tokens of an original's answer that it takes to call another early."""


@dataclass(frozen=True)
class Pair:
    """Answers of both models to one prompt."""

    prompt: Prompt
    original: Written
    result: Written


Property = Callable[[Pair, Row, Sequence[Row]], float | None]
"""A property of one answer, 0..1, beside the original's other answers; None where it says nothing."""


@dataclass(frozen=True)
class Rule:
    """A property that is judged: ``low`` if small values are good. ``floor``: difference that always passes."""

    name: str
    title: str
    value: Property
    reason: str
    low: bool = True
    floor: float = 0.25


def _loops(pair: Pair, row: Row, others: Sequence[Row]) -> float:
    return float(is_loop(row.tokens, row.text))


def _early(pair: Pair, row: Row, others: Sequence[Row]) -> float | None:
    shortest = min((len(other.tokens) for other in others), default=0)
    return float(row.end is not None and len(row.tokens) < EARLY * shortest) if shortest >= SHORTEST else None


def _endless(pair: Pair, row: Row, others: Sequence[Row]) -> float | None:
    ended = statistics.fmean(other.end is not None for other in pair.original.rows)
    return float(row.end is None) if ended >= MOSTLY else None


def _special(pair: Pair, row: Row, others: Sequence[Row]) -> float:
    return float(row.special > 0)


def _foreign(pair: Pair, row: Row, others: Sequence[Row]) -> float:
    return foreign_share(row.text, f"{pair.original.shown} {' '.join(other.text for other in others)}")


def _likeness(pair: Pair, row: Row, others: Sequence[Row]) -> float | None:
    pool = trigrams(pair.original.shown)
    for other in others:
        pool.update(trigrams(other.text))
    return similarity(trigrams(row.text), pool) if len(row.tokens) >= SHORTEST else None


def _language(pair: Pair, row: Row, others: Sequence[Row]) -> float | None:
    if pair.prompt.domain != "language" or pair.prompt.expected or len(row.tokens) < SHORTEST:
        return None
    profile = trigrams(row.text)
    own = similarity(profile, trigrams(pair.prompt.text))
    return float(own >= LIKE and own > similarity(profile, _english()))


@functools.cache
def _english() -> Counter[str]:
    """The profile of the prompts in English prose."""
    return trigrams(" ".join(prompt.text for prompt in prompts("check") if prompt.domain == "prose"))


def _brackets(pair: Pair, row: Row, others: Sequence[Row]) -> float | None:
    return float(has_sound_brackets(pair.prompt.text + row.text)) if pair.prompt.format else None


def _json(pair: Pair, row: Row, others: Sequence[Row]) -> float | None:
    return valid_json_share(row.text) if pair.prompt.format == "json" else None


def _expected(pair: Pair, row: Row, others: Sequence[Row]) -> float | None:
    expected = pair.prompt.expected
    if not expected:
        return None
    return 1 - edit_distance([*map(ord, row.text[: len(expected)])], [*map(ord, expected)])


RULES = (
    Rule("loops", "Loops", _loops, "{result} of the answers repeat themselves, {original} of the original's"),
    Rule("early_ends", "Early ends", _early, "{result} of the answers end early, {original} of the original's"),
    Rule(
        "endless",
        "Missing ends",
        _endless,
        "{result} of the answers do not end where {original} of the original's do not",
        floor=0.8,
    ),
    Rule(
        "special_tokens",
        "Tokens of templates",
        _special,
        "{result} of the answers hold tokens of a chat template, {original} of the original's",
    ),
    Rule(
        "foreign",
        "Foreign letters",
        _foreign,
        "{result} of the letters are of a script that the original does not use, or no characters at all",
        floor=0.1,
    ),
    Rule(
        "likeness",
        "Likeness",
        _likeness,
        "the answers are not like the original's: {result}, and {original} among its own",
        low=False,
        floor=0.25,
    ),
    Rule(
        "language",
        "Language kept",
        _language,
        "{result} of the answers are in the language of their prompt, {original} of the original's",
        low=False,
        floor=0.4,
    ),
    Rule(
        "brackets",
        "Sound brackets",
        _brackets,
        "brackets fit in {result} of the answers, in {original} of the original's",
        low=False,
        floor=0.3,
    ),
    Rule(
        "json",
        "Valid JSON",
        _json,
        "{result} of the lines are valid JSON, {original} of the original's",
        low=False,
        floor=0.35,
    ),
    Rule(
        "tasks",
        "Counting and copying",
        _expected,
        "counting and copying are right in {result}, in {original} of the original's answers",
        low=False,
        floor=0.4,
    ),
)


def check_of(original: Answers, result: Answers) -> tuple[dict[str, float], GenerationCheck]:
    """Metrics and verdict of ``result`` against ``original``, both of the same scope."""
    pairs = list(_pairs(original, result))
    read = [pair for pair in pairs if pair.result.rows]
    reasons = [*_files(original, result, pairs), *_errors(pairs)]
    own = [pair for pair in read if not pair.prompt.repeats]  # those whose words are the models' own
    facts = [fact for rule in RULES if (fact := _fact(rule, own)) is not None]
    reasons += [_reason(rule, fact) for rule in RULES for fact in facts if fact.name == rule.name and not fact.passes]
    flips, by_domain = _flips(read)
    if flipped := [f"{_percent(fact.result)} in {fact.title}" for fact in by_domain if not fact.passes]:
        reasons.append(f"tokens that the original is sure of differ: {', '.join(flipped)}")
    answers = tuple(_answer(pair) for pair in pairs)
    metrics = {"loops": _share(is_loop(row.tokens, row.text) for pair in own for row in pair.result.rows)}
    if own:
        metrics["generation_agreement"] = statistics.fmean(_agreement(pair) for pair in own)
        metrics["generation_distance"] = statistics.fmean(_distance(pair) for pair in own)
    if flips is not None:
        metrics["token_flips"] = flips
    verdict: GenerationCheck = GenerationCheck(
        verdict="damaged" if reasons else "writes",
        reasons=tuple(dict.fromkeys(reasons)),
        facts=(*facts, *by_domain),
        answers=answers,
    )
    return metrics, verdict


def sentence_of(check: GenerationCheck) -> str:
    """The verdict in one sentence; "" for a model that writes as its original does."""
    if check.verdict == "writes":
        return ""
    more = f", and {len(check.reasons) - 2} more" if len(check.reasons) > 2 else ""
    return f"does not write as the original: {'; '.join(check.reasons[:2])}{more}"


def _pairs(original: Answers, result: Answers) -> Iterable[Pair]:
    for prompt in prompts(original.scope):
        one, other = original.to(prompt.name), result.to(prompt.name)
        if one is not None and not one.error and one.rows and other is not None:
            yield Pair(prompt, one, other)


# -- reasons that need no statistics ----------------------------------------------------------------------------------
def _files(original: Answers, result: Answers, pairs: Sequence[Pair]) -> list[str]:
    """Differences in what the files of the models say: templates, tokens of prompts, end tokens."""
    reasons = []
    chats = [pair for pair in pairs if pair.original.templated and not pair.result.error]
    if any(not pair.result.templated for pair in chats):
        reasons.append("the chat template of the original is lost")
    elif any(pair.original.ids != pair.result.ids for pair in chats):
        reasons.append("the chat template makes other prompts than the original's")
    plain = [p for p in pairs if not (p.original.templated or p.result.templated or p.result.error)]
    if any(pair.original.ids != pair.result.ids for pair in plain):
        reasons.append("the tokenizer gives other tokens for the prompts than the original's")
    used = {row.end for pair in pairs for row in pair.original.rows} - {None}
    if used - set(result.end_tokens):
        reasons.append("the end token of the original's answers is not an end token any more")
    return reasons


def _errors(pairs: Sequence[Pair]) -> list[str]:
    return [f"{pair.prompt.name}: {pair.result.error}" for pair in pairs if pair.result.error]


# -- facts ------------------------------------------------------------------------------------------------------------
def _fact(rule: Rule, pairs: Sequence[Pair]) -> Fact | None:
    """The mean of a property in both models' answers and its limit; None where no prompt says anything."""
    originals, results, variances = [], [], []
    for pair in pairs:
        rows = pair.original.rows
        mine = [rule.value(pair, row, [other for other in rows if other is not row]) for row in rows]
        values = [value for value in mine if value is not None]
        theirs = [value for row in pair.result.rows if (value := rule.value(pair, row, rows)) is not None]
        if values and theirs:
            originals.append(statistics.fmean(values))
            results.append(statistics.fmean(theirs))
            variances.append(statistics.variance(values) / len(values) if len(values) > 1 else 0.0)
    if not originals:
        return None
    original, result = statistics.fmean(originals), statistics.fmean(results)
    allowed = max(rule.floor, ERRORS * math.sqrt(sum(variances)) / len(variances))
    limit = min(original + allowed, WORST) if rule.low else original - allowed
    passes = result <= max(limit, original) + 1e-9 if rule.low else result >= limit - 1e-9
    return Fact(name=rule.name, title=rule.title, original=original, result=result, limit=limit, passes=passes)


def _flips(pairs: Sequence[Pair]) -> tuple[float | None, list[Fact]]:
    """Share of the original's sure tokens that the result chooses otherwise: of all, None without such tokens, and of
    each domain with enough of them."""
    by_domain: dict[str, list[tuple[bool, float]]] = {}
    for pair in pairs:
        preferred = pair.original.choices or pair.original.forced
        tokens = zip(preferred, pair.original.confidence, pair.result.choices, strict=False)
        flips = [(token != choice, 1 - confidence) for token, confidence, choice in tokens if confidence >= SURE]
        by_domain.setdefault(pair.prompt.domain, []).extend(flips)
    every = [flip for flips in by_domain.values() for flip in flips]
    sets = {"all domains": every, **by_domain}
    facts = [_flips_fact(domain, flips) for domain, flips in sets.items() if len(flips) >= FEWEST_SURE]
    return (_share(flip for flip, _ in every) if every else None), facts


def _flips_fact(domain: str, flips: Sequence[tuple[bool, float]]) -> Fact:
    """The flips of a domain. The limit is the largest number that is no surprise (binomial, `CHANCE`)."""
    count, flipped = len(flips), sum(flip for flip, _ in flips)
    expected = statistics.fmean(doubt for _, doubt in flips)
    most = next(n for n in range(count + 1) if n == count or tail(count, expected, n + 1) < CHANCE)
    limit = max(most, FEWEST_FLIPS - 1) / count
    return Fact(
        name=f"flips: {domain}",
        title=domain,
        original=expected,
        result=flipped / count,
        limit=limit,
        passes=flipped / count <= limit + 1e-9,
    )


def tail(count: int, probability: float, fewest: int) -> float:
    """Probability of ``fewest`` or more hits among ``count`` of this ``probability`` each (binomial)."""
    return sum(
        math.comb(count, hits) * probability**hits * (1 - probability) ** (count - hits)
        for hits in range(fewest, count + 1)
    )


def _agreement(pair: Pair) -> float:
    return common_prefix(pair.original.forced, pair.result.forced) / max(len(pair.original.forced), 1)


def _distance(pair: Pair) -> float:
    return edit_distance(pair.original.forced, pair.result.forced)


def _share(values: Iterable[bool]) -> float:
    every = list(values)
    return sum(every) / len(every) if every else 0.0


# -- words ------------------------------------------------------------------------------------------------------------
def _reason(rule: Rule, fact: Fact) -> str:
    is_share = rule.name != "likeness"
    one, other = ((_percent(v) if is_share else number_text(v, 2)) for v in (fact.original, fact.result))
    return rule.reason.format(original=one, result=other)


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _answer(pair: Pair) -> AnswerPair:
    rows = pair.result.rows
    one, other = pair.original.forced, pair.result.forced if rows else []
    same = common_prefix(one, other)
    return AnswerPair(
        name=pair.prompt.name,
        domain=pair.prompt.domain,
        prompt=pair.original.shown,
        original=pair.original.rows[0].text,
        result=rows[0].text if rows else "",
        same_tokens=None if one == other else same,
        remarks=tuple(_remarks(pair)),
    )


def _remarks(pair: Pair) -> Iterable[str]:
    """Sentences about the greedy answer of the result, where the original's is otherwise."""
    if pair.result.error:
        yield pair.result.error
    if not pair.result.rows:
        return
    row, original = pair.result.rows[0], pair.original.rows[0]
    if _loops(pair, row, ()) and not _loops(pair, original, ()):
        yield "repeats itself"
    if row.end is None and original.end is not None:
        yield "does not end"
    if _early(pair, row, pair.original.rows):
        yield "ends early"
    if row.special and not original.special:
        yield "holds tokens of a chat template"
