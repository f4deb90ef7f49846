"""The vendor's events as typed models. Handlers import them from `webhooks.handlers`."""
