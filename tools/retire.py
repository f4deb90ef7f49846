"""Deployments that take handlers away, without losing an event.

Their queues are deleted with all that is on them. So their events are routed elsewhere first, by an update of the
deployed template with the parameter `Retired`; then their handlers empty the queues; only then they are deleted.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from tools.errors import ToolFailed
from tools.local.progress import console, step
from tools.stages import LOCAL, Stage
from webhooks.dates import timestamp
from webhooks.policy import INGEST_TIMEOUT, RELAY_TIMEOUT
from webhooks.routing import Routing, listed, retired_since
from webhooks_cli.operations.retirement import Holding, Succession, holdings
from webhooks_cli.operations.stack import Stack, describe_stack
from webhooks_cli.signals import uninterrupted

_QUIET = 60 + RELAY_TIMEOUT
"""Seconds for which a queue must be seen empty. SQS's counts are right a minute after the last change
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html); a run of ingest or
the relay that began before the routing changed has ended by then."""

_QUIET_LOCALLY = 5
_PERIOD, _PERIOD_LOCALLY = 5, 0.5
_STALLED = 15 * 60
"""Seconds without progress after which waiting is left to the operator: a retry may be due in ten hours."""

_SAFE = (
    "nothing was deleted, and new events go elsewhere. Deploy again when the events left are handled: "
    "it goes on from here"
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of a stage over what is deployed.

    `gone` are the handlers that it takes away, and since when nothing goes to each. `webhooks` begins the commands that
    act on the stack. `after_update` is called after each update.
    """

    stage: Stage
    stack: Stack
    deployed: Mapping[str, str]
    gone: Mapping[str, str]
    options: tuple[str, ...]
    environment: Mapping[str, str]
    webhooks: str
    shown: bool
    after_update: Callable[[], object]

    @classmethod
    def of(
        cls,
        stage: Stage,
        stack: Stack,
        *options: str,
        environment: Mapping[str, str],
        shown: bool = False,
        after_update: Callable[[], object] = lambda: None,
    ) -> Self:
        """Raises `ToolFailed` if it would lose an event, before anything is changed."""
        deployed, moment = _deployed(stack)
        since = retired_since(deployed.get("Retired", ""))
        before = listed(deployed["EventTypes"]) if deployed else ()
        gone = {name: since.get(name, moment) for name in before if name not in stage.handlers}
        webhooks = "webhooks" if stage.name == LOCAL else f"webhooks --stack {stack.name}"
        found = cls(stage, stack, deployed, gone, options, environment, webhooks, shown, after_update)
        found.check()
        return found

    def check(self) -> None:
        """Raise `ToolFailed` for a handler that cannot be taken away yet."""
        if self.gone and "Retired" not in self.deployed:
            raise ToolFailed(
                f"{', '.join(self.gone)}: {self.stack.name} was deployed by a release that cannot retire handlers. "
                "Deploy this release with the old list in functions/handlers/types.yaml first, and the new list then."
            )
        _refuse(holdings(self.stack, self.gone) if self.gone else [], self.webhooks)

    def run(self, built: Path) -> None:
        """Deploy what is built in a folder. Raises `ToolFailed`; then it can be run again."""
        if self.gone:
            self._route()
            self._wait_until_empty()
        parameters = {**self.stage.parameters, "Retired": self._retired()}
        self._update("deploy: sam deploy", replace(self.stage, parameters=parameters), built)
        if self.gone:
            self._hand_over()

    def _retired(self) -> str:
        """The parameter: handlers that are gone, for as long as the inbox may hold their events."""
        days = int(self.stage.parameters["RetentionDays"])
        oldest = timestamp(datetime.now(UTC) - timedelta(days=days))
        known = {**retired_since(self.deployed.get("Retired", "")), **self.gone}
        return ",".join(f"{name}@{at}" for name, at in known.items() if at > oldest and name not in self.stage.handlers)

    def _route(self) -> None:
        """Send no more events to them: update what is deployed, with its own template, but for one parameter."""
        already = retired_since(self.deployed["Retired"])
        names = [name for name in self.gone if name not in already]
        if not names:
            return
        if self.shown:
            console.print(f"[bold]first[/]: no more events go to {', '.join(names)}")
        # UsePreviousTemplate would not do: the stored template is the one that the transforms have made, in which
        # parameters may be literal values (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
        # transform-aws-languageextensions.html).
        template = self.stack.client("cloudformation").get_template(
            StackName=self.stack.name, TemplateStage="Original"
        )["TemplateBody"]
        retired = ",".join(f"{name}@{at}" for name, at in {**already, **self.gone}.items())
        as_it_is = replace(self.stage, parameters={**self.deployed, "Retired": retired})
        with TemporaryDirectory(prefix="webhooks-route-") as folder:
            text = template if isinstance(template, str) else json.dumps(template)
            Path(folder, "template.yaml").write_text(text)
            self._update(f"route: no more events go to {', '.join(names)}", as_it_is, Path(folder))
        if _deployed(self.stack)[0]["Retired"] != retired:
            raise ToolFailed(f"nothing was deployed: {', '.join(names)} still gets events")

    def _update(self, title: str, stage: Stage, built: Path) -> None:
        with nullcontext() if self.shown else step(title):
            stage.deploy(built, *self.options, environment=self.environment, shown=self.shown)
            self.after_update()

    def _wait_until_empty(self) -> None:
        try:
            self._empty()
        except KeyboardInterrupt:
            console.print(f"stopped: {_SAFE}", soft_wrap=True)
            raise

    def _empty(self) -> None:
        quiet = _QUIET_LOCALLY if self.stage.name == LOCAL else _QUIET
        before, progressed, empty_since = -1, time.monotonic(), 0.0
        with step(f"empty: the queues of {', '.join(self.gone)}") as status:
            while True:
                found = holdings(self.stack, self.gone)
                _refuse(found, self.webhooks)
                number, now = sum(each.number for each in found), time.monotonic()
                if number != before:
                    before, progressed, empty_since = number, now, now
                if not number and now - empty_since >= quiet:
                    return
                if now - progressed >= max(_STALLED, quiet):
                    raise ToolFailed(self._unfinished(found))
                status.update("; ".join(map(_described, found)))
                time.sleep(_PERIOD_LOCALLY if self.stage.name == LOCAL else _PERIOD)

    def _unfinished(self, found: list[Holding]) -> str:
        left = "\n".join(
            f"{_described(each)}:\n  {self.webhooks} events list --type {each.name} --state failing --since 14d"
            for each in found
            if each.number
        )
        return f"{left}\nNo progress for {_STALLED // 60} minutes: {_SAFE}"

    def _hand_over(self) -> None:
        succession = Succession(self.gone, Routing.parse(self.deployed["EventTypes"], self.deployed.get("Takes", "")))
        stack = replace(self.stack)  # what the old one has read is out of date
        if succession.is_renaming(stack.routing):
            with step("wait: for deliveries that began before the deployment"):
                time.sleep(_QUIET_LOCALLY if self.stage.name == LOCAL else INGEST_TIMEOUT)
        with uninterrupted():
            number = succession.hand_over(stack)
        if number:
            console.print(f"{number} events were sent on to the handlers that take them now")


def _refuse(found: list[Holding], webhooks: str) -> None:
    if obstacles := [text for each in found if (text := each.obstacle(webhooks))]:
        raise ToolFailed(
            "this deployment takes handlers away, and would lose events:\n"
            + "\n".join(obstacles)
            + "\nNothing was deleted. Deploy again afterwards."
        )


def _described(each: Holding) -> str:
    waiting = each.waiting + each.unpublished
    return f"{each.name} has {waiting} events waiting, {each.hidden} in its handler or waiting for a retry"


def _deployed(stack: Stack) -> tuple[dict[str, str], str]:
    """The parameters of the deployed stack, none if there is no stack yet, and the time by AWS's clock."""
    if not (answer := describe_stack(stack.client("cloudformation"), stack.name)):
        return {}, ""
    (found,) = answer["Stacks"]
    date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    stated: list[Any] = found.get("Parameters", []) if found.get("Outputs") else []  # else its first deployment failed
    return {each["ParameterKey"]: each["ParameterValue"] for each in stated}, timestamp(date)
