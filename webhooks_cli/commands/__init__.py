"""The commands, a file for each group. Each is imported when it is called."""

from typing import NamedTuple


class Described(NamedTuple):
    """A command that is not imported yet: its module here, and what `webhooks --help` says of it."""

    module: str
    help: str


COMMANDS = {
    "adopt": Described(
        "adopt", "Copy what a deleted stack left (events, runs, records, large bodies, tokens) into a stack."
    ),
    "dev": Described(
        "dev",
        "Show each event of these handlers on the stack of `make up`: lines, tracebacks, and what it changed in "
        "records.",
    ),
    "logs": Described(
        "logs",
        "Show the log lines of all functions in order of time; with --id those of one event, from ingest to handler.",
    ),
    "pause": Described(
        "pause", "Stop calling a type's handler: its events are still accepted, and wait on their queue."
    ),
    "resume": Described("pause", "Call the handler of a paused type again, also for the events that are waiting."),
    "records": Described(
        "records",
        "Show the record of an order, associate or item with all its parts: payments, packages, subscriptions.",
    ),
    "replay": Described("replay", "Send events of the inbox to their handlers again, in order of arrival."),
    "send": Described(
        "send",
        "Send events as DirectScale does, and count the answers. Exits with 1 if any was not answered 200 in the end.",
    ),
    "status": Described(
        "status",
        "Show each event type's queue, the events on no queue yet, and when each token was last used in 30 days.",
    ),
    "subscriptions": Described(
        "subscriptions",
        "Show which URL to enter in Corporate Admin (Tools > Developer Tools > Event Subscriptions) for which event.",
    ),
    "new": Described(
        "types",
        "Give an event type a handler of its own: a folder with model, handler, test and sample, and a word in the "
        "list.",
    ),
    "retire": Described(
        "types",
        "Take a handler away: its folder, its word in the list, and what it takes. Events of its type go to "
        "CustomEvent.",
    ),
    "schema": Described("types", "Print the JSON Schema of an event type's bodies."),
    "sample": Described("types", "Print a sample event in the shape that a function receives."),
    "collisions": Described(
        "collisions", "Deliveries that share an event's ids but not its body: see them, and accept them as events."
    ),
    "dead-letters": Described(
        "dead_letters", "Events that were given up: see why, send them to their handler again, or discard them."
    ),
    "events": Described("events", "Which events were received, and the whole story of one."),
    "rejected": Described(
        "rejected", "Authorized deliveries from which no event could be read: see them, repair them, send them again."
    ),
    "tokens": Described("tokens", "List, add and retire the tokens that the endpoint accepts."),
}
