"""Keeps the local stack running until Ctrl-C, and says how to reach it."""

import signal

from tools.local.progress import console
from tools.local.stack import local_stack, remembered_while
from webhooks_cli.signals import stopping_cleanly

_BODY = '{"OrderNumber": 7, "OrderStatus": "Paid", "EventType": "CreateOrderEvent"}'


def main() -> None:
    """Run until interrupted."""
    with stopping_cleanly(), local_stack() as stack, remembered_while(stack):
        console.print(
            f"""
[bold]The stack is up.[/]
  endpoint   {stack.url}
  token      {stack.token}
  AWS APIs   {stack.emulator.url}   (access key and secret: test)

Send it an event:

curl {stack.url} \\
  -H 'Authorization: Bearer {stack.token}' \\
  -H 'Content-Type: application/json; charset=UTF-8' \\
  -d '{_BODY}'

After a change of yours: make redeploy. Ctrl-C stops it.""",
            soft_wrap=True,
        )
        signal.pause()


if __name__ == "__main__":
    main()
