"""The words of the logs: what the functions and the API write, and what Logs Insights makes of it."""

MESSAGES = {
    "accepted",
    "duplicate",
    "unauthorized",
    "rejected",
    "too large",
    "unavailable",
    "not published",
    "relayed",
    "handled",
    "handled before",
    "failed",
    "not now",
    "dead letter",
}

FIELDS = {
    *("@timestamp", "@log", "level", "service", "message", "reason", "cause", "error", "stack"),
    *("message_id", "event_type", "client_id", "correlation_id", "request_id", "token_label"),
    *("queue", "published", "failed", "finished", "oldest"),
    *("@type", "@duration", "@initDuration", "@maxMemoryUsed"),  # Lambda's own report of a run
}

ACCESS_FIELDS = {
    *("time", "request_id", "source_ip", "route", "status"),
    *("latency_ms", "integration_latency_ms", "integration_error"),
}

INSIGHTS = {"fields", "filter", "stats", "by", "sort", "desc", "limit", "count", "latest", "max", "bin", "and", "in"}
"""Its commands and functions."""
