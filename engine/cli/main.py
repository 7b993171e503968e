"""One command from beginning to end: words in, exit status out, every error a sentence."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from engine.base import children
from engine.base.errors import BadInput, Cancelled, RunFailed, StudioError, as_json
from engine.base.human import printable
from engine.base.plugins import left_out, quiet_log
from engine.cli.output import complain, note, prepare_streams, say_json, written
from engine.cli.parser import complete, parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Errors are one sentence on stderr (and in the object of --json)."""
    prepare_streams()
    if argv is None:  # this is the process's own start
        os.environ.update(children.spin_variables())
    words = list(sys.argv[1:] if argv is None else argv)
    # until the words are understood
    arguments = argparse.Namespace(name="", json="--json" in words, debug="--debug" in words)
    try:
        with written(), quiet_log():
            return _run(words, arguments)
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        return 1
    except RunFailed as error:  # standard output can't be written
        complain(str(error))
        return error.exit_status


def _run(words: list[str], arguments: argparse.Namespace) -> int:
    try:
        _refuse_bytes(words)
        top = parser()
        complete(top)
        arguments = top.parse_args(words)
        return int(arguments.command(arguments))
    except (StudioError, Cancelled) as error:
        return _refused(error, arguments)
    except KeyboardInterrupt:
        return _refused(Cancelled(), arguments)
    except (SystemExit, BrokenPipeError):
        raise
    except BaseException as error:  # libraries in Rust raise what is not an Exception
        from engine.run.failures import explain

        return _refused(explain(error), arguments, error)
    finally:
        for plugin in left_out():
            complain(f"warning: {plugin}")


def _refuse_bytes(words: Sequence[str]) -> None:
    """Paths go into JSON and reports, which are UTF-8."""
    for word in words:
        if any("\udc80" <= character <= "\udcff" for character in word):
            raise BadInput(
                "An argument can't be used",
                where=printable(word),
                why="its bytes are not UTF-8",
                advice="rename the file or folder",
            )


def _refused(error: StudioError | Cancelled, arguments: Any, cause: BaseException | None = None) -> int:
    if arguments.debug:
        import traceback

        note("".join(traceback.format_exception(cause or error)).rstrip())
    complain(str(error) or "Cancelled.")
    if arguments.json:
        answer: dict[str, Any] = {"command": arguments.name}
        if isinstance(error, Cancelled):
            say_json({**answer, "status": "cancelled"})
        else:
            say_json({**answer, "status": "failed", "error": as_json(error)})
    return error.exit_status
