"""Updates the running stack of `make up` to the current code and template."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tools.local.emulator import ROOT
from tools.local.live import give_time
from tools.local.progress import step
from tools.local.stack import Running, apply_workarounds, build, outputs_of, running
from tools.retire import Deployment
from tools.stages import local_stage
from webhooks_cli.operations.stack import Target
from webhooks_cli.signals import stopping_cleanly


def redeploy() -> None:
    """Build, and deploy to the running stack, which stays live if it is. Raises `NoStack` if none is running."""
    found = running()
    deployment = Deployment.of(
        local_stage(ROOT, found.emulator.url),
        Target("", "", "").find(),
        *("--stack-name", found.name),
        environment=found.emulator.environment(),
        after_update=lambda: _after_update(found),
    )
    with TemporaryDirectory(prefix="webhooks-build-") as folder:
        with step("build: sam build"):
            build(into=Path(folder), live=found.live)
        deployment.run(Path(folder))


def _after_update(found: Running) -> None:
    outputs = outputs_of(found.emulator, found.name)
    apply_workarounds(found.emulator, found.name, outputs)
    if found.live:
        give_time(found.emulator, found.name, outputs)


def main() -> None:
    """Redeploy once."""
    with stopping_cleanly():
        redeploy()


if __name__ == "__main__":
    main()
