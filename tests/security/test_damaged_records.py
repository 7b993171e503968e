"""Small files that travel with a model or lie in a run's folder say anything: what reads them says what is wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from engine.architecture.experts import Fused, SeparatedSource
from engine.base import children
from engine.base.errors import BadInput
from engine.data.samples import record_tokens
from engine.measure.generate import end_tokens
from engine.models.source import load_tokenizer, open_model

Tiny = Callable[[str], Path]
CHAT = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 4, 5), (2, 3)])
def test_experts_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    source = SimpleNamespace(names=lambda: ["a"], load=lambda name: torch.zeros(shape))
    with pytest.raises(BadInput, match="do not have the shape"):
        SeparatedSource(source, [Fused("a", 2, True)]).load("a.0.weight")


def test_a_chat_template_among_the_special_tokens_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny("llama"), tmp_path / "m"))
    (folder / "special_tokens_map.json").write_text(json.dumps({"chat_template": {"content": "x", "lstrip": True}}))
    tokenizer = load_tokenizer(folder)
    tokenizer.chat_template = getattr(tokenizer, "chat_template", None) or SimpleNamespace(content="x")
    with pytest.raises(BadInput, match=r"chat template"):
        record_tokens(tokenizer, CHAT)


def test_end_tokens_that_are_no_numbers_are_passed_over(tiny: Tiny, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny("llama"), tmp_path / "m"))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [{"a": 1}, [2], 7, None]}))
    model = open_model(folder)
    assert 7 in end_tokens(model, load_tokenizer(model))


@pytest.mark.skipif(sys.platform != "linux", reason="the number is Linux's")
def test_memory_that_runs_out_ends_the_larger_program_first(tmp_path: Path) -> None:
    line = "f(); print(open('/proc/self/oom_score_adj').read())"
    code = f"from engine.service.child import prefer_oom_kill as f; {line}"
    words = [sys.executable, "-P", "-c", code]
    shown = subprocess.run(words, env=children.environment(), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert 0 < int(shown.stdout) <= 100
