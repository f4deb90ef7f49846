"""`webhooks`: see, replay and repair what a deployed stack holds."""
