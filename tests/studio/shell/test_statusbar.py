"""The status bar: the device, and one text at the left."""

from __future__ import annotations

from PySide6.QtGui import QStatusTipEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.contracts.events import Memory
from studio.shell.statusbar import StatusBar


def test_the_accelerator_by_its_name_with_what_is_used_of_it(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    bar = StatusBar(parent)
    assert bar._device.text().startswith("CPU")
    bar._show_device(Memory(run="r", process=1, process_peak=1))
    assert bar._device.text().startswith("CPU"), "a run on the CPU"
    bar._show_device(
        Memory(
            run="r",
            process=1,
            process_peak=1,
            device=2_000_000_000,
            device_peak=3_000_000_000,
            device_name="Radeon <b>RX</b>",
            device_total=16_000_000_000,
        )
    )
    assert bar._device.text() == "Radeon <b>RX</b>: 2.00 GB of 16.0 GB"


def test_a_tip_takes_the_place_of_the_message_and_gives_it_back(studio):
    window, bar = studio.window, studio.window.status
    bar.show_message("error", "No model")
    QApplication.sendEvent(window, QStatusTipEvent("Run the pipeline"))
    assert bar._message.whole() == "Run the pipeline" and bar.message() == "No model" and bar._icon.isHidden()
    assert bar.currentMessage() == "", "Qt paints nothing over it"
    bar.show_message("info", "Another")
    assert bar._message.whole() == "Another", "what happens is said at once"
    QApplication.sendEvent(window, QStatusTipEvent(""))
    assert bar._message.whole() == "Another" and not bar._icon.isHidden()
