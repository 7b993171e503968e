"""Answers of a model to the prompts of the generation check: greedy ones, drawn ones, and its choices along the
original's answers, all in one batch of a key/value cache."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from engine import devices
from engine.architecture.two_texts import reads_two
from engine.base.errors import BadInput
from engine.base.human import bytes_text
from engine.contracts.generation import DAMAGED, GENERATION
from engine.contracts.metrics import PROGRAM
from engine.data.templates import render
from engine.data.texts import load_text
from engine.data.tokens import encoded, token_ids
from engine.measure.answers import DRAWS, TEMPERATURE, Answers, Prompt, Row, Scope, Written, prompts
from engine.measure.evaluate import Measurement, positions_of, predicts
from engine.measure.generate import end_tokens
from engine.measure.generation_facts import check_of, sentence_of
from engine.measure.program import Feeds, Program, ProgramFailed, Programs, TorchAlone, torch_name
from engine.measure.reading import ReadContext, freed, load_all
from engine.measure.speed import Decoder, ready_to_decode
from engine.models.model import Model
from engine.models.parameters import dense_parameters
from engine.models.running import interruptible
from engine.models.source import load_tokenizer

LONG_TEXT = "mixed:encyclopedia"
REPEATED_TOKENS = 96
"""Tokens from the beginning of the long prompt that stand at its end again."""
SHORTEST_LONG = 384
"""A model of fewer positions gets no long prompt."""
SHOWN = 160
"""Characters of a prompt that are shown beside its answers."""


def generation_measurement(original: Answers, answers: Answers | None = None) -> Measurement:
    """Judge ``answers`` by the ``original``'s: the metrics "loops", "token_flips", "generation_agreement" and
    "generation_distance", and the check among the details. Without ``answers``: the original's loops alone."""
    metrics, check = check_of(original, answers or original)
    if not check.answers:
        return Measurement({}, {GENERATION: "not measured: the original answers none of the prompts"})
    judged = answers or original
    protocol = {GENERATION: f"{_description(original)}. {judged.advice}".removesuffix(". ")}
    if judged.program:
        protocol[PROGRAM["loops"]] = judged.program
    if answers is None:
        return Measurement({"loops": metrics["loops"]}, protocol)
    if check.verdict == "damaged":
        protocol[DAMAGED] = sentence_of(check)
    return Measurement(metrics, protocol, {GENERATION: check.model_dump(mode="json")})


def generation_check(
    model: Model, reference: Model | None, scope: Scope, context: ReadContext, programs: Programs | None = None
) -> Measurement:
    """Let both models answer, one after the other, and judge ``model`` by the ``reference``; without one, its loops
    alone. Nothing of them is in memory afterwards. A model that can't be checked has the reason in its protocol."""
    original: Answers | None = None
    for current in filter(None, (reference, model)):
        why, answers = answers_or_reason(current, scope, context, original, programs or TorchAlone())
        if answers is None:
            return Measurement({}, {GENERATION: f"not measured: {why}"})
        if original is None:
            original = answers
    assert original is not None
    return generation_measurement(original, None if reference is None else answers)


def answers_or_reason(
    model: Model, scope: Scope, context: ReadContext, original: Answers | None, programs: Programs
) -> tuple[str, Answers | None]:
    """Answers as `answers_of` gives them, by the program that there is for the model, else by torch; or "" and why
    there are none. Nothing of the model is in memory afterwards."""
    if not predicts(model):
        return "an encoder writes no text", None
    try:
        with freed(model), programs.running(model, context.progress, context.checkpoint) as program:
            if program is None and (why := refusal(model, context)):
                return why, None
            answers = answers_of(model, scope, context, original, program)
    except ProgramFailed as error:
        return str(error), None
    return "", answers.model_copy(update={"advice": programs.advice(model)})


def _description(answers: Answers) -> str:
    extra = ", a long answer and a long prompt" if answers.scope == "long" else ""
    return f"{len(prompts('check'))} prompts{extra}; greedy, and {DRAWS} draws at temperature {TEMPERATURE}"


def refusal(model: Model, context: ReadContext) -> str:
    """The reason why torch can't check a model; "" if it can."""
    needed, free = dense_parameters(model) * context.dtype.itemsize, devices.free_memory(context.device)
    if needed <= free:
        return ""
    return f"unpacked, the model takes {bytes_text(needed)}, {bytes_text(free)} are free"


def answers_of(
    model: Model, scope: Scope, context: ReadContext, original: Answers | None = None, program: Program | None = None
) -> Answers:
    """Let ``model`` answer all prompts of ``scope``, by ``program`` or else by torch, which loads it; with the
    ``original``'s answers, it also chooses a token behind each beginning of those. What it can't answer has an error in
    words. Calls ``context.checkpoint`` for every matrix; it may raise."""
    tokenizer = load_tokenizer(model)
    if program is None:
        load_all(model, context)
    writer = _Writer(model, tokenizer, context, program)
    chosen = prompts(scope)
    total = sum(prompt.tokens for prompt in chosen)
    written: list[Written] = []
    with contextlib.ExitStack() as stack:
        if program is None:
            stack.enter_context(interruptible(model.module, context.checkpoint))
            stack.enter_context(ready_to_decode(model, context.dtype))
        done = 0
        for number, prompt in enumerate(chosen, 1):
            context.progress(done / total, f"{context.verb} answer {number} of {len(chosen)}")
            target = None if original is None else original.to(prompt.name)
            answer = writer.write(prompt, target.forced if target is not None and target.rows else None)
            written += [] if answer is None else [answer]
            done += prompt.tokens
    name = torch_name() if program is None else program.name
    return Answers(scope=scope, end_tokens=sorted(writer.end_tokens), written=written, program=name)


@dataclass
class _Line:
    """One answer while it is written. ``forced``: tokens that it gets, whatever the model prefers."""

    draw: bool = False
    forced: Sequence[int] | None = None
    tokens: list[int] = field(default_factory=list)
    end: int | None = None

    def is_over(self) -> bool:
        return self.end is not None if self.forced is None else len(self.tokens) >= len(self.forced)


class _Writer:
    """A loaded model or the program that has it, and what its files say of prompts and ends."""

    def __init__(self, model: Model, tokenizer: Any, context: ReadContext, program: Program | None) -> None:
        self._model, self._tokenizer, self._context, self._program = model, tokenizer, context, program
        self.end_tokens = end_tokens(model, tokenizer)
        self._special = set(tokenizer.all_special_ids) - self.end_tokens

    def write(self, prompt: Prompt, forced: list[int] | None) -> Written | None:
        """The answers to one prompt; None if the model has too few positions for it."""
        try:
            ids, shown, templated = self._read(prompt)
        except BadInput as error:
            return Written(name=prompt.name, shown=prompt.text[-SHOWN:], error=str(error))
        positions = positions_of(self._model)
        used = 0 if reads_two(self._model.module) else len(ids)  # an encoder's positions are its own
        room = prompt.tokens if positions is None else min(prompt.tokens, positions - used)
        if room < 1 or not ids:
            return None
        lines = [_Line(), *(_Line(draw=True) for _ in range(0 if prompt.long else DRAWS))]
        if prompt.repeats:  # every model reads the same words and chooses behind each
            lines, ids = [_Line(forced=ids[-REPEATED_TOKENS:][:room])], ids[:-REPEATED_TOKENS]
        elif forced is not None:
            lines.append(_Line(forced=forced))
        about = {"name": prompt.name, "ids": ids, "shown": shown, "templated": templated}
        confidence: list[float] = []
        choices: list[int] = []
        finite = self._decode(prompt, ids, lines, room, confidence, choices)
        why = "" if finite else f"the logits are not finite after {len(lines[0].tokens)} tokens of the answer"
        rows = [self._row(line) for line in lines if line.forced is None or prompt.repeats]
        return Written(**about, rows=rows, confidence=confidence, choices=choices, error=why)

    @torch.no_grad()
    def _decode(
        self,
        prompt: Prompt,
        ids: list[int],
        lines: list[_Line],
        room: int,
        confidence: list[float],
        choices: list[int],
    ) -> bool:
        """Fill the lines token by token; False if the logits stop being finite."""
        decoder = self._decoder(len(lines), len(ids) + room)
        generator = torch.Generator().manual_seed(zlib.crc32(prompt.name.encode()))
        draws = [number for number, line in enumerate(lines) if line.draw]
        fed = torch.tensor(ids).expand(len(lines), -1)
        for _ in range(room):
            logits = decoder.feed_rows(fed).cpu()
            if not bool(torch.isfinite(logits).all()):
                return False
            scores = logits
            if draws:  # the largest of logits with Gumbel noise is a draw of their softmax
                noise = torch.empty(len(draws), logits.shape[1]).exponential_(generator=generator).log_().neg_()
                scores = logits.clone()
                scores[draws] = logits[draws] / TEMPERATURE + noise
            tokens = scores.argmax(-1).tolist()
            if not lines[0].is_over():
                confidence.append(round(float(torch.softmax(logits[0], -1)[tokens[0]]), 4))
            for number, line in enumerate(lines):
                if line.forced is not None and not line.is_over():
                    choices.append(tokens[number])
                    tokens[number] = line.forced[len(line.tokens)]
                    line.tokens.append(tokens[number])
                elif not line.is_over() and tokens[number] in self.end_tokens:
                    line.end = tokens[number]
                elif not line.is_over():
                    line.tokens.append(tokens[number])
            if all(line.is_over() for line in lines):
                break
            fed = torch.tensor(tokens)[:, None]
        return True

    def _decoder(self, rows: int, length: int) -> Feeds:
        if self._program is None:
            return Decoder(self._model.module, self._context.device)
        return self._program.decoder(rows, length)

    def _row(self, line: _Line) -> Row:
        text = self._tokenizer.decode(line.tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        special = sum(token in self._special for token in line.tokens)
        return Row(tokens=line.tokens, end=line.end, text=text.replace("\x00", "\ufffd"), special=special)

    def _read(self, prompt: Prompt) -> tuple[list[int], str, bool]:
        """Tokens of a prompt, its last words, and whether it stands in a template."""
        if prompt.repeats:
            return self._repeated(prompt)
        shown = prompt.text[-SHOWN:]
        if prompt.chat and getattr(self._tokenizer, "chat_template", None):
            text = render(self._tokenizer, [{"role": "user", "content": prompt.text}], add_generation_prompt=True)
            return list(encoded(self._tokenizer, text, add_special_tokens=False)["input_ids"]), shown, True
        ids = list(encoded(self._tokenizer, prompt.text)["input_ids"])
        if len(ids) > 1 and ids[-1] in self.end_tokens:  # some tokenizers end every text by themselves
            ids.pop()
        return ids, shown, False

    def _repeated(self, prompt: Prompt) -> tuple[list[int], str, bool]:
        """A text as long as the prompt says and the model has positions, with its beginning again at its end."""
        positions = positions_of(self._model)
        length = prompt.repeats if positions is None else min(prompt.repeats, positions - prompt.tokens)
        if length < SHORTEST_LONG:
            return [], "", False
        body = token_ids(self._tokenizer, load_text(LONG_TEXT).text)[: length - REPEATED_TOKENS].tolist()
        ids = [*body, *body[1 : 1 + REPEATED_TOKENS]]
        return ids, self._tokenizer.decode(ids[-REPEATED_TOKENS:])[-SHOWN:], False
