"""Makes an export again from the record of its making and compares: the same bytes on the same kind of machine, else
how near.

May use everything below it. What an export says of its making is `engine.contracts.recipe`.
"""
