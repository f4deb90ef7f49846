"""What makes a local stack live: its functions run from the working tree, and have time for a breakpoint."""

import json
import shutil
from pathlib import Path

from tools.local import live_debug, live_stub
from tools.local.emulator import Emulator
from webhooks_cli.operations.checkout import Checkout

TIMEOUT = 900
"""Seconds that a handler may take: Lambda's longest, for a person at a breakpoint."""

_PRODUCT = {"IngestFunction": "ingest", "RelayFunction": "relay"}


def make_live(project: Path, built: Path) -> None:
    """Replace each built function by the stub. The packages of its requirements.txt stay: they need a build."""
    handlers = {f"{folder.name}Handler": folder for folder in Checkout(project).handlers.iterdir() if folder.is_dir()}
    product = {function: project / "functions" / folder for function, folder in _PRODUCT.items()}
    for function, source in (handlers | product).items():
        if (built / function).is_dir():
            _replace(built / function, source, project)


def _replace(built: Path, source: Path, project: Path) -> None:
    for each in source.iterdir():
        own = built / each.name
        if own.is_dir():
            shutil.rmtree(own)
        else:
            own.unlink(missing_ok=True)
    core, checkout = project / "layers" / "core", Checkout(project)
    settings = {"name": source.name, "folder": source, "core": core}
    settings |= {"stream": checkout.live_stream, "debug": checkout.debug_state}
    shutil.copyfile(live_stub.__file__, built / "app.py")
    shutil.copyfile(live_debug.__file__, built / "live_debug.py")
    (built / live_stub.SETTINGS).write_text(json.dumps({name: str(value) for name, value in settings.items()}))


def give_time(target: Emulator, name: str, outputs: dict[str, str]) -> None:
    """Let every handler of a stack run for `TIMEOUT`; its queue does not hand out the message before that ends."""
    functions, sqs = target.client("lambda"), target.client("sqs")
    for url in sqs.list_queues(QueueNamePrefix=outputs["QueuePrefix"])["QueueUrls"]:
        handler = url.rpartition("/")[2].removeprefix(outputs["QueuePrefix"])
        functions.update_function_configuration(FunctionName=f"{name}-{handler}", Timeout=TIMEOUT)
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(TIMEOUT + 60)})
