"""A process that renders chat templates of models, which are programs of strangers, within limits.

``python -m engine.data.template_process``: a line of JSON on standard input for each render (``template``,
``messages``, ``variables``), a line of JSON on standard output (``text`` or ``error``). jinja's sandbox keeps a
template from the machine; this process keeps it from memory and time: it may take `MEMORY` bytes, and whoever asks ends
it when it takes too long.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

MEMORY = 1 << 30
"""Bytes that rendering may take, where the system can limit them (not on Windows)."""


def main() -> None:
    """Answer until the input ends."""
    from transformers.utils.chat_template_utils import render_jinja_template

    _limit_memory()
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(json.dumps(_answer(render_jinja_template, json.loads(line))).encode() + b"\n")
        sys.stdout.buffer.flush()


def _answer(render: Any, request: dict[str, Any]) -> dict[str, str]:
    try:
        rendered, _ = render(
            conversations=[request["messages"]], chat_template=request["template"], **request["variables"]
        )
        text = str(rendered[0])
    except MemoryError:
        return {"error": f"it asks for more than {MEMORY >> 20} MB"}
    except Exception as error:  # templates raise what they like
        return {"error": (str(error) or type(error).__name__)[:1000]}
    if len(text) > request["most"]:
        return {"error": f"it makes {len(text)} characters of {request['given']}"}
    return {"text": text}


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        import psutil

        limit = psutil.Process().memory_info().vms + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
