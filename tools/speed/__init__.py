"""Runs built functions, each in its own process, against a fake AWS, to measure starts and calls."""
