"""A connection to "another machine" that tests can cut: starts an engine with a home of its own and passes bytes on.

``python fake_ssh.py HOME``. When this process is killed, the pipes of the engine end, as those of a lost ssh do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path


def copy(source: int, target: int) -> None:
    """Pass on what comes until it ends."""
    try:
        while data := os.read(source, 1 << 16):
            while data:
                data = data[os.write(target, data) :]
    except OSError:
        pass
    os.close(target)


def main() -> None:
    """Start the engine and pass bytes on until it ends."""
    here = Path(__file__).resolve().parent
    command = [str(here / "engine_child.py"), "--detached", "--home", sys.argv[1], "--device", "cpu"]
    if "torch" in sys.modules:  # this process was forked from one that has imported what an engine needs
        from warm_children import fork_program

        pid, to_far, from_far = fork_program(command)
        threading.Thread(target=copy, args=(0, to_far), daemon=True).start()
        copy(from_far, 1)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
    far = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert far.stdin is not None and far.stdout is not None
    threading.Thread(target=copy, args=(0, far.stdin.fileno()), daemon=True).start()
    copy(far.stdout.fileno(), 1)
    os._exit(far.wait())


if __name__ == "__main__":
    main()
