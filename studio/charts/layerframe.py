"""Base of the charts of layers: the block, the picked layer, the moment."""

from __future__ import annotations

from engine.contracts.events import LayerDone
from studio.charts.base import ChartFrame


class LayerFrame(ChartFrame):
    """A chart of the layers of one block."""

    block = ""
    layer: str | None = None
    moment: int | None = None
    """Number of the moment in the block's training, see `engine.record.run_data.Moments`; None is the newest."""

    def show_layer(self, block: str, layer: str | None, moment: int | None = None) -> None:
        """Show the layers of a block with one of them picked, when it is drawn next."""
        if (block, layer, moment) != (self.block, self.layer, self.moment):
            self.block, self.layer, self.moment = block, layer, moment
            self.touch()

    def events(self) -> list[LayerDone]:
        """The layers of the block in order of execution, as they were then."""
        return self.data.ordered_layers(self.block, self.moment)
