"""The vendor's events, typed. Import a model from the module of its kind, as `webhooks.events.orders`."""
