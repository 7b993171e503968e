"""The process that renders chat templates."""

from __future__ import annotations

import os
import signal
import time

import pytest

from engine.data.templates import render
from engine.testing.models import byte_tokenizer


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be forked there")
def test_a_forked_process_starts_its_own() -> None:
    """As the workers of a data loader are: the pipe of the parent's is locked by a thread that they do not have."""
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    assert render(tokenizer, [{"role": "user", "content": "a"}]) == "a"
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if render(tokenizer, [{"role": "user", "content": "b"}]) == "b" else 3)
        finally:
            os._exit(4)
    until = time.monotonic() + 60
    ended, status = 0, 0
    while not ended and time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.02)
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert ended and os.waitstatus_to_exitcode(status) == 0
    assert render(tokenizer, [{"role": "user", "content": "c"}]) == "c", "the parent's goes on"
