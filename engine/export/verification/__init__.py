"""Loads an export again in a fresh process, by the program that will use it, and compares what it computes."""
