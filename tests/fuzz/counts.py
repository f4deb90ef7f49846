"""What came of the deliveries, told at the end."""

from collections import Counter

OF = Counter[str]()
