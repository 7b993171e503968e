"""The Modelfile beside a GGUF: how Ollama turns a chat into a prompt.

Ollama's templates are written in Go's language, the model's own in Jinja. `ChatForm` is what both can say: the text
before a system message, between it and the first question, between a question and its answer, between an answer and the
next question. It is read off from what the model's template makes of a few chats, and taken only if it gives the very
same text for longer ones; else the Modelfile has no template and Ollama chooses one that it knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput, StudioError
from engine.base.files import read_object
from engine.data.templates import render
from engine.models.model import Model
from engine.models.source import load_tokenizer

MODELFILE = "Modelfile"
_WORDS = tuple(f"zq{word}qz" for word in ("system", "ask1", "say1", "ask2", "say2", "ask3"))
"""Messages that no template has words of."""
_SAMPLING = {"temperature": "temperature", "top_p": "top_p", "top_k": "top_k", "repetition_penalty": "repeat_penalty"}
"""Settings of generation_config.json -> Ollama's."""
_DATE = "26 Jul 2024"
"""The day that templates with a date of their own fall back to; another would be true on one day only."""


@dataclass(frozen=True, slots=True)
class ChatForm:
    """Text around the messages of a chat.

    ``opening`` is before the first question where there is no system message, else ``system`` is before that one and
    ``after_system`` behind it; ``answer`` is between a question and its answer, ``question`` between an answer and the
    next question, ``prompt`` behind the last question. ``system`` None: such messages are refused or left out.
    """

    opening: str
    system: str | None
    after_system: str
    answer: str
    question: str
    prompt: str

    def text(self, messages: Sequence[str], system: str = "") -> str:
        """The prompt for questions and answers in turn, the last one a question."""
        parts = [f"{self.system}{system}{self.after_system}" if system and self.system is not None else self.opening]
        for index, message in enumerate(messages):
            last = index == len(messages) - 1
            parts += [message, self.prompt if last else self.answer if index % 2 == 0 else self.question]
        return "".join(parts)

    def go_template(self) -> str:
        """The same in Go's language, for Ollama. Raises ValueError for text that would be read as a command."""
        pieces = (self.opening, self.system or "", self.after_system, self.answer, self.question, self.prompt)
        if any(mark in piece for piece in pieces for mark in ("{{", "}}", '"""')):
            raise ValueError("its text has marks of Go's templates")
        opening = self.opening
        if self.system is not None:
            system = f"{self.system}{{{{ .System }}}}{self.after_system}"
            opening = f"{{{{ if .System }}}}{system}{{{{ else }}}}{opening}{{{{ end }}}}"
        last = "{{ $last := eq (len (slice $.Messages $i)) 1 }}"
        user = f"{{{{ .Content }}}}{{{{ if $last }}}}{self.prompt}{{{{ else }}}}{self.answer}{{{{ end }}}}"
        reply = f"{{{{ .Content }}}}{{{{ if not $last }}}}{self.question}{{{{ end }}}}"
        return (
            f"{opening}{{{{ range $i, $_ := .Messages }}}}{last}"
            f'{{{{ if eq .Role "user" }}}}{user}{{{{ else if eq .Role "assistant" }}}}{reply}{{{{ end }}}}{{{{ end }}}}'
        )


def write_modelfile(model: Model, folder: Path) -> None:
    """Write it beside the GGUF of a decoder in ``folder``; others do not answer."""
    if model.anatomy.kind == "decoder":
        (folder / MODELFILE).write_text(modelfile(model, next(folder.glob("*.gguf")).name), "utf-8")


def modelfile(model: Model, file: str) -> str:
    """The Modelfile for ``file``, which lies beside it."""
    lines = [f"FROM ./{file}"]
    try:
        tokenizer = load_tokenizer(model)
    except StudioError:  # no text goes in; or that of the GGUF file that it came from, with the template in its keys
        return "\n".join(lines) + "\n"
    try:
        form = chat_form(tokenizer)
        lines.append(f'TEMPLATE """{form.go_template() if form is not None else "{{ .Prompt }}"}"""')
        stop = _stop(form, tokenizer) if form is not None else ""
        lines += [f'PARAMETER stop "{stop}"'] if stop else []
    except (BadInput, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        lines.insert(0, f"# No TEMPLATE: {reason} Ollama takes the one that it knows for this model.")
    lines += [f"PARAMETER {name} {number}" for name, number in _sampling(model).items()]
    return "\n".join(lines) + "\n"


def chat_form(tokenizer: Any) -> ChatForm | None:
    """The form of the tokenizer's chats; None if it has no template. Raises `BadInput` for a template that fails,
    ValueError for one that says more than a `ChatForm`."""
    if not getattr(tokenizer, "chat_template", None):
        return None
    form = _form(tokenizer)
    for count in (1, 3, 5):
        messages = _WORDS[1 : 1 + count]
        if form.text(messages) != _rendered(tokenizer, messages):
            raise ValueError("The chat template treats later turns in another way.")
        if form.system is not None and form.text(messages, _WORDS[0]) != _rendered(tokenizer, messages, _WORDS[0]):
            raise ValueError("The chat template treats a system message in another way.")
    return form


def _form(tokenizer: Any) -> ChatForm:
    _, first, reply, second, *_ = _WORDS
    opening, answer, question, prompt = _between(_rendered(tokenizer, (first, reply, second)), (first, reply, second))
    try:
        with_system = _rendered(tokenizer, (first,), _WORDS[0])
        system, after_system, _ = _between(with_system, (_WORDS[0], first))
    except (BadInput, ValueError):  # it refuses system messages, or leaves them out
        return ChatForm(opening, None, "", answer, question, prompt)
    return ChatForm(opening, system, after_system, answer, question, prompt)


def _between(text: str, words: Sequence[str]) -> list[str]:
    """The pieces of a text around words that stand in it once each, in this order."""
    pieces = []
    for word in words:
        before, found_word, text = text.partition(word)
        if not found_word:
            raise ValueError("The chat template leaves messages out or changes their order.")
        pieces.append(before)
    if any(word in piece for word in words for piece in (*pieces, text)):
        raise ValueError("The chat template repeats messages.")
    return [*pieces, text]


def _rendered(tokenizer: Any, messages: Sequence[str], system: str = "") -> str:
    """The prompt as the model's own template makes it, without the first token, which llama.cpp adds by itself."""
    chat = [{"role": "system", "content": system}] if system else []
    chat += [{"role": ("user", "assistant")[index % 2], "content": text} for index, text in enumerate(messages)]
    dated = "strftime_now" in str(tokenizer.chat_template)
    if dated and "date_string" not in str(tokenizer.chat_template):
        raise ValueError("The chat template names the day on which it is used.")
    more: dict[str, str] = {"date_string": _DATE} if dated else {}
    text = render(tokenizer, chat, add_generation_prompt=True, **more)
    first = tokenizer.bos_token
    ids = tokenizer("a")["input_ids"]
    added = bool(first) and bool(ids) and ids[0] == tokenizer.bos_token_id
    return text.removeprefix(str(first)) if added else text


def _stop(form: ChatForm, tokenizer: Any) -> str:
    """The special token that ends an answer, "" where none does."""
    tokens = [str(token) for token in tokenizer.added_tokens_decoder.values()]
    plain = (token for token in tokens if token.strip() and not set(token) & {'"', "\\", "\n"})
    return next((token for token in plain if form.question.startswith(token)), "")


def _sampling(model: Model) -> dict[str, float]:
    """Ollama's parameters for what generation_config.json says."""
    file = next((file for file in model.companions if file.name == "generation_config.json"), None)
    if file is None:
        return {}
    try:
        settings = read_object(file)
    except BadInput:
        return {}
    numbers = {ollama: settings.get(name) for name, ollama in _SAMPLING.items()}
    return {name: number for name, number in numbers.items() if isinstance(number, int | float) and number is not True}
