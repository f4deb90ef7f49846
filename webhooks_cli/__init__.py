"""`webhooks`: see, replay and repair everything that a deployed stack holds."""
