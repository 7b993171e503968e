"""The queue of runs of several machines, and the runs that go on beside the one that is shown. It draws no run."""
