"""A process that tries a tokenizer on a text within limits: its patterns are programs of strangers.

``python -m engine.models.tokenizer_process WORK``: reads WORK/tokenizer.json and WORK/text.txt, tokenizes, and ends
with status 0 if that worked. Whoever asks ends it when it takes too long.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

MEMORY = 2 << 30
"""Bytes that it may take, and `TIMES` those of the text, where the system can limit them (not on Windows)."""
TIMES = 400


def main(folder: Path) -> None:
    """Tokenize the text in ``folder``."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    text = (folder / "text.txt").read_bytes().decode("utf-8", "surrogatepass")
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        import psutil

        limit = psutil.Process().memory_info().vms + MEMORY + TIMES * len(text)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    tokenizer.encode(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
