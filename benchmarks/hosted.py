"""What hosted receivers of webhooks ask, by their own pages; none of these prices was looked up by us there.

As transcribed from those pages on 20 September 2026 by API Evangelist (github.com/api-evangelist/hookdeck and /svix,
plans/*-plans-pricing.yml). Others publish no price for an event, or none was to be found with its date.
"""

from dataclasses import dataclass

READ_ON = "2026-09-20"


@dataclass(frozen=True, slots=True)
class Plan:
    """`monthly` dollars with `included` events; each of the others costs `each`. Handlers of yours not included."""

    name: str
    monthly: float
    included: int
    each: float
    source: str

    def dollars(self, events: int) -> float:
        """For so many events in a month."""
        return self.monthly + max(0, events - self.included) * self.each


PLANS = (
    Plan("Hookdeck, Team", 39, 10_000, 1 / 100_000, "https://hookdeck.com/pricing"),
    Plan("Svix, Free", 0, 50_000, 0.0001, "https://www.svix.com/pricing/"),
    Plan("Svix, Professional", 490, 50_000, 0.0001, "https://www.svix.com/pricing/"),
)
