"""Measures all, or what is named: `make bench`, or `python -m benchmarks cold_start`.

Each measurement is a module with `measure() -> dict` of plain data. They run one after the other, for they share the
cores.
"""
