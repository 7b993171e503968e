"""The form of a block: one editor for each kind of setting, sweeps, sections."""
