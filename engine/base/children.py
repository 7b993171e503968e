"""The one way in which Python processes are started: none of them runs a file that lies where somebody happens to be.

``python -m module`` puts the current folder first among the places where modules are looked for: whoever unpacks a
model, goes into its folder and works with it there would run its ``torch.py``. A child starts in safe-path mode, in a
folder of its own, with an environment that holds what it needs and no secrets.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_PASSED_ON = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "LANG", "LANGUAGE", "DISPLAY", "WAYLAND_DISPLAY"),
    *("TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "CONDA_PREFIX"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"),
    *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "PYTHONUTF8", "PYTHONHASHSEED", "PYTHONFAULTHANDLER"),
    *("HF_HOME", "HF_HUB_CACHE", "HF_MODULES_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE"),
}
"""Names of variables that a child gets. Not among them: tokens (HF_TOKEN), and what tells a process that it is one of
several (RANK, WORLD_SIZE)."""
_KEPT_BEGINNINGS = (
    *("LC_", "XDG_", "COMPRESSION_STUDIO_", "QT_"),
    *("CUDA_", "NVIDIA_", "NCCL_", "HIP_", "ROCR_", "ROCM_", "HSA_", "ZE_", "ONEAPI_", "PYTORCH_", "TORCH_"),
    *("OMP_", "MKL_", "OPENBLAS_", "KMP_", "GOMP_"),
)
ROOT = Path(__file__).resolve().parents[2]
"""Folder of the packages of the program."""

NO_CARD = "-1"
"""Value of CUDA_VISIBLE_DEVICES (and HIP's and ROCR's) for a child that should see no accelerator: libraries that would
load a model onto the card by themselves (bitsandbytes' layers) leave its memory to the run that works there."""


BUSY_LOAD = 0.4
"""Load average per core above which a machine counts as busy."""
SPIN_COUNT = "10000"
"""Spins of a waiting OpenMP thread before it sleeps. With libgomp's default of 300,000 it takes the core from the very
thread that it waits for where other programs have the rest. On an idle machine training with fewer spins takes up to a
sixth longer."""


def spin_variables() -> dict[str, str]:
    """Environment variables, set before torch is loaded, that let OpenMP threads sleep sooner where the machine is busy
    now; empty if the person has set one. Results do not depend on them."""
    chosen = {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & os.environ.keys()
    if chosen or sys.platform != "linux":  # elsewhere torch has another OpenMP
        return {}
    return {"GOMP_SPINCOUNT": SPIN_COUNT} if os.getloadavg()[0] > BUSY_LOAD * (os.cpu_count() or 1) else {}


def environment(**more: str) -> dict[str, str]:
    """The variables of a child: what it needs of this process's own, no network for the hub, and ``more``."""
    passed_on = {name: value for name, value in os.environ.items() if _is_kept(name.upper())}
    return {
        **passed_on,
        **search_paths(),
        "PYTHONIOENCODING": "utf-8",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        **more,
    }


def search_paths() -> dict[str, str]:
    """The variables that say where a child looks for modules: where the program lies, and what the person put on
    PYTHONPATH as whole paths; relative ones would mean wherever it is started."""
    theirs = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(path)]
    return {"PYTHONPATH": os.pathsep.join([str(ROOT), *theirs]), "PYTHONSAFEPATH": "1"}


def command(module: str, *words: str) -> list[str]:
    """Command that starts a module of the program in safe-path mode."""
    return [sys.executable, "-P", "-m", module, *words]


def start(
    module: str,
    *words: str,
    folder: Path,
    stdin: int | IO[Any] = subprocess.DEVNULL,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
    **more: str,
) -> subprocess.Popen[bytes]:
    """Start a module of the program in ``folder``, which holds nothing but what the caller put there; ``more``:
    variables of its environment. Raises OSError if no process can be made."""
    return _process(command(module, *words), folder, environment(**more), (stdin, stdout, stderr))


def start_session(
    module: str,
    *words: str,
    folder: Path,
    stdin: int | IO[Any],
    stdout: int | IO[Any],
    stderr: int | IO[Any],
    variables: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    """`start` in a session of its own, which no signal of a terminal reaches. ``variables``: of its environment."""
    pipes = (stdin, stdout, stderr)
    return _process(command(module, *words), folder, environment(**variables), pipes, own_session=True)


def _process(
    program: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    pipes: tuple[int | IO[Any] | None, int | IO[Any] | None, int | IO[Any] | None],
    *,
    own_session: bool = False,
) -> subprocess.Popen[bytes]:
    stdin, stdout, stderr = pipes
    return subprocess.Popen(
        program, cwd=folder, env=variables, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=own_session
    )


def start_program(
    name: str, *words: str, stdin: int | IO[Any], stdout: int | IO[Any], stderr: int | IO[Any]
) -> subprocess.Popen[bytes]:
    """Start another program, such as ssh, with this process's own environment. It is looked for on PATH alone, never in
    the current folder. Raises OSError if it is not there, or no process can be made."""
    return subprocess.Popen([find_program(name), *words], stdin=stdin, stdout=stdout, stderr=stderr)


def start_command(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    stdout: int | IO[Any] | None,
    stderr: int | IO[Any] | None,
    stdin: int | IO[Any] = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a program by its whole path, in an environment of variables. Of this interpreter and others the words begin
    with -P: without it they run files of the current folder. Raises OSError if no process can be made."""
    if not os.path.isabs(command[0]):
        raise ValueError(f"{command[0]} is not a whole path")
    return subprocess.Popen(list(command), stdin=stdin, stdout=stdout, stderr=stderr, env=dict(env))


def find_program(name: str, path: str | None = None) -> str:
    """Whole path of a program in the folders of ``path``, by default those of PATH, never in the current folder. Raises
    FileNotFoundError."""
    path = os.environ.get("PATH", os.defpath) if path is None else path
    endings = os.environ.get("PATHEXT", ".EXE").split(os.pathsep) if sys.platform == "win32" else [""]
    for folder in filter(os.path.isabs, path.split(os.pathsep)):
        for ending in endings:
            path = os.path.join(folder, name + ending)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    raise FileNotFoundError(errno.ENOENT, "The program is not on PATH", name)


def _is_kept(name: str) -> bool:
    return name in _PASSED_ON or name.startswith(_KEPT_BEGINNINGS)
