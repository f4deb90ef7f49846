"""Updates the running stack of `make up` to the current code and template."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tools.local.progress import step
from tools.local.stack import apply_workarounds, build, deploy, outputs_of, running
from webhooks_cli.signals import stopping_cleanly


def redeploy() -> None:
    """Build, and deploy to the running stack. Raises `NoStack` if none is running."""
    found = running()
    with TemporaryDirectory(prefix="webhooks-build-") as folder:
        with step("build: sam build"):
            build(into=Path(folder))
        with step("deploy: sam deploy"):
            deploy(found.emulator, found.name, built=Path(folder))
            apply_workarounds(found.emulator, found.name, outputs_of(found.emulator, found.name))


def main() -> None:
    """Redeploy once."""
    with stopping_cleanly():
        redeploy()


if __name__ == "__main__":
    main()
