"""The outcomes of the deliveries, printed at the end."""

from collections import Counter

OF = Counter[str]()
