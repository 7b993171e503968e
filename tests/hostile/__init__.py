"""Everything that the program reads, damaged on purpose; runs that are killed; disks that fail.

``python -m tests.hostile --count 20000`` mutates inputs of every kind, each case in a child with limits of time and
memory. A case is made of its kind and its number, so that each failure can be had again. Only the program's own errors
count as refusals: an exception that nobody explains, a child that dies and one that does not end are failures.
"""
