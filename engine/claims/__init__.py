"""The survey's claims: a catalog of them, runs that measure their arms, rows, verdicts, and the table made of these.

May import runs and everything below; only `engine.claims.runner` and `engine.claims.probes` load torch. No number is
computed here: metrics come from the reports of runs. Nothing here knows the command line or the window.
"""
