"""Pushing an export to the hub. The hub's own library sends it, in a process of its own: a cancel ends that process at
once, and neither the token nor what the hub answers is ever in this one."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from engine.base import children
from engine.base.errors import BadInput, RunFailed, StudioError
from engine.contracts.opening import MAIN, open_repository
from engine.contracts.publishing import Pushed, PushedFile
from engine.export.open_in import card_for
from engine.publish.plan import Plan, plan_of
from engine.version import __version__

Progress = Callable[[float, str], None]
HASHED = 0.1
"""Fraction of a push at which the files are compared with their record."""
_TICK = 0.1
_PASSED_ON = (
    *("HF_TOKEN", "HF_TOKEN_PATH", "HF_STORED_TOKENS_PATH", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_DISABLE_IMPLICIT_TOKEN"),
    *("HF_ENDPOINT", "HF_HUB_DISABLE_XET", "HF_HUB_ETAG_TIMEOUT", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
)
"""Variables that the library reads: where the token is, where the hub is, how it is reached."""


def push(
    folder: Path,
    repo: str,
    progress: Progress,
    checkpoint: Callable[[], None],
    *,
    public: bool = False,
    branch: str = MAIN,
    message: str = "",
    update: bool = False,
) -> Pushed:
    """Send the export in ``folder`` to ``repo`` ("owner/name", or a name for the account of the token), in one commit.

    public: of a repository that is made now; an existing one stays as it is. message: of the commit. update: let an
    existing repository with other files be changed.

    Contents that the hub's storage holds already are not sent again, so that a push that was cut goes on. Raises
    `BadInput` for what is refused, `RunFailed` where the hub or the network fails; whatever ``checkpoint`` raises ends
    the push at once: the repository is then as it was, or new and empty.
    """
    progress(0.0, "Comparing the files with their record")
    plan = plan_of(folder, checkpoint)
    progress(HASHED, "Asking the hub")
    request = {
        "repo": repo,
        "public": public,
        "branch": branch or MAIN,
        "message": message or f"Upload {folder.resolve().name} (Compression Studio {__version__})",
        "update": update,
        "replaces": list(plan.replaces),
        "files": [[file.name, str(file.path.resolve()), file.identity, file.sha256] for file in plan.files],
    }
    with _Sender() as sender:
        sender.write(request)
        while True:
            answer = sender.next_answer(checkpoint)
            if "progress" in answer:
                progress(HASHED + (1 - HASHED) * float(answer["progress"]), str(answer["text"]))
            elif "named" in answer:  # only the hub knows whose account the token is of
                named = str(answer["named"])
                sender.write({"card": _card(plan, named, branch or MAIN)})
            elif "error" in answer:
                raise _error(answer["error"])
            else:
                break
    progress(1.0, "Pushed")
    return _result(answer, plan)


def _card(plan: Plan, repo: str, branch: str) -> str:
    """The card as it is published: its lines open the repository, not the folder."""
    return card_for(plan.card, open_repository(plan.open_in, repo, branch)) if plan.card else ""


def _result(answer: dict[str, Any], plan: Plan) -> Pushed:
    repo, branch = str(answer["repo"]), str(answer["branch"])
    return Pushed(
        repo=repo,
        url=str(answer["url"]),
        branch=branch,
        private=bool(answer["private"]),
        created=bool(answer["created"]),
        commit=str(answer["commit"]),
        files=tuple(PushedFile(*entry) for entry in answer["files"]),
        sent_bytes=int(answer["sent_bytes"]),
        removed=tuple(answer["removed"]),
        others=tuple(answer["others"]),
        unsent=plan.others,
        open_in=open_repository(plan.open_in, repo, branch),
    )


def _error(error: dict[str, str]) -> StudioError:
    kind = BadInput if error["kind"] == "bad_input" else RunFailed
    return kind(error["what"], where=error["where"], why=error["why"], advice=error["advice"])


class _Sender:
    """The process of `engine.publish.sender`; killed, if it has not ended, when the block ends."""

    def __enter__(self) -> _Sender:
        self._folder = tempfile.TemporaryDirectory(prefix="push-")
        self._log = (Path(self._folder.name) / "log.txt").open("wb")
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._child: subprocess.Popen[bytes] = children.start(
            "engine.publish.sender",
            folder=Path(self._folder.name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            HF_HUB_OFFLINE=os.environ.get("HF_HUB_OFFLINE", "0"),
            HF_HUB_DISABLE_PROGRESS_BARS="0",
            TQDM_POSITION="-1",  # bars count what is sent, even where nobody sees them
            **passed_on,
        )
        self._answers: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=_read, args=(self._child.stdout, self._answers), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout, self._log):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._folder.cleanup()

    def write(self, message: dict[str, Any]) -> None:
        """One line of JSON; a process that has ended says so by its answer."""
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            self._child.stdin.write(json.dumps(message).encode() + b"\n")
            self._child.stdin.flush()

    def next_answer(self, checkpoint: Callable[[], None]) -> dict[str, Any]:
        """The next line. Raises `RunFailed` if the process ended without one."""
        while True:
            checkpoint()
            with contextlib.suppress(queue.Empty):
                line = self._answers.get(timeout=_TICK)
                if not line:
                    raise RunFailed(
                        "The process that sends the files ended",
                        why=f"with status {self._child.wait()}",
                        advice="push again: what was sent is not sent twice",
                    )
                answer: dict[str, Any] = json.loads(line)
                return answer


def _read(pipe: IO[bytes], answers: queue.Queue[bytes]) -> None:
    """Bring the lines of the process; an empty one at its end."""
    with contextlib.suppress(OSError, ValueError):
        for line in pipe:
            answers.put(line)
    answers.put(b"")
