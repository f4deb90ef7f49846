"""How measured values are told: the median, with the quartiles."""

from collections.abc import Sequence
from statistics import quantiles


def spread(values: Sequence[float]) -> dict[str, float]:
    """p25, p50 and p75 of two values or more."""
    p25, p50, p75 = quantiles(values, n=4, method="inclusive")
    return {"p25": p25, "p50": p50, "p75": p75}
