"""How long from the start of the interpreter to the first picture: python tests/benchmarks/window/startup.py

Every start is a fresh process with a fresh home, offscreen unless QT_QPA_PLATFORM says otherwise. Prints each time, the
processor time in it (which other programs do not disturb) and the median; exit status 1 if that is over the limit.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

STARTS = 7
LIMIT_SECONDS = 1.0
PROGRAM = """
import os
import time
started = float(os.environ["STARTED"])  # psutil's time of creation is off by up to a second
from PySide6.QtCore import QTimer
import studio.shell.window
from PySide6.QtWidgets import QApplication

class Watched(studio.shell.window.MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, self.report)

    def report(self):
        import sys
        heavy = [name for name in ("torch", "transformers", "numpy", "pyqtgraph") if name in sys.modules]
        print(f"{time.time() - started:.3f} {time.process_time():.3f} {','.join(heavy) or '-'}", flush=True)
        os._exit(0)

studio.shell.window.MainWindow = Watched
from studio.shell.app import main
main([])
"""


def main() -> int:
    """Measure and print."""
    times = []
    for number in range(STARTS):
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "COMPRESSION_STUDIO_HOME": home}
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
            environment["STARTED"] = repr(time.time())
            command = [sys.executable, "-c", PROGRAM]
            answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
        times.append(float(answer[0]))
        print(f"start {number + 1}: {times[-1]:.3f} s (processor {answer[1]} s)   heavy libraries loaded: {answer[2]}")
    median = statistics.median(times)
    print(f"median {median:.3f} s of {STARTS} starts, slowest {max(times):.3f} s (limit {LIMIT_SECONDS} s)")
    return int(median > LIMIT_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
