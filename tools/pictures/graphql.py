"""What is asked of Dagster's page: its assets, a run of them, a backfill, and how these ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Final, final
from urllib.error import URLError
from urllib.request import Request, urlopen

ENDS_WITHIN: Final = 300.0
RUNNING: Final = frozenset({"QUEUED", "NOT_STARTED", "STARTING", "STARTED"})
# A run needs half of the time if its few steps start no processes.
IN_PROCESS: Final[Mapping[str, object]] = {"execution": {"config": {"in_process": {}}}}
ASSETS: Final = "{assetNodes {assetKey {path} groupName isMaterializable}}"
LAUNCH: Final = """mutation($run: ExecutionParams!) {launchRun(executionParams: $run) {
    __typename ... on LaunchRunSuccess {run {runId}}}}"""
BACKFILL: Final = """mutation($backfill: LaunchBackfillParams!) {launchPartitionBackfill(backfillParams: $backfill) {
    __typename ... on LaunchBackfillSuccess {backfillId}}}"""
RUN_STATUS: Final = "query($id: ID!) {runOrError(runId: $id) {... on Run {status}}}"
PARTITIONS: Final = """query($asset: AssetKeyInput!) {assetNodeOrError(assetKey: $asset) {
    ... on AssetNode {partitionStats {numMaterialized numFailed}}}}"""


class NoAnswerError(Exception):
    """The page cannot be asked, or not yet."""


@final
@dataclass(frozen=True, slots=True)
class Asset:
    """An asset that can be materialized."""

    name: str
    group: str


@final
@dataclass(frozen=True, slots=True)
class Dagster:
    """A page at a *url*; its definitions are in one code location."""

    url: str
    location: str

    def assets(self) -> Sequence[Asset]:
        """The assets that can be materialized."""
        nodes = self.ask(ASSETS)["assetNodes"]
        return [
            Asset("/".join(node["assetKey"]["path"]), node["groupName"])
            for node in nodes
            if node["isMaterializable"]
        ]

    def launch_run(self, assets: Sequence[str]) -> str:
        """Materialize the assets in one run, with their checks; returns the run's id."""
        selector = {
            "repositoryName": "__repository__",
            "repositoryLocationName": self.location,
            "pipelineName": "__ASSET_JOB",
            "assetSelection": [_key(asset) for asset in assets],
        }
        answer = self.ask(LAUNCH, run={"selector": selector, "runConfigData": IN_PROCESS})["launchRun"]
        return str(_expected(answer, "LaunchRunSuccess")["run"]["runId"])

    def launch_backfill(self, asset: str, partitions: Sequence[str]) -> None:
        """Materialize some partitions of an asset."""
        wanted = {
            "assetSelection": [_key(asset)],
            "partitionNames": list(partitions),
            "runConfigData": IN_PROCESS,
        }
        answer = self.ask(BACKFILL, backfill=wanted)["launchPartitionBackfill"]
        _expected(answer, "LaunchBackfillSuccess")

    def dismiss_welcome(self) -> None:
        """The page shows its dialog for new users no more."""
        self.ask("mutation {setNuxSeen}")

    def wait_for_run(self, run: str) -> None:
        """Return when the run has succeeded."""
        until, status = monotonic() + ENDS_WITHIN, "NOT_STARTED"
        while status in RUNNING and monotonic() < until:
            sleep(1)
            status = str(self.ask(RUN_STATUS, id=run)["runOrError"].get("status"))
        if status != "SUCCESS":
            raise RuntimeError(f"the run {run} ended as {status}")

    def wait_for_partitions(self, asset: str, number: int) -> None:
        """Return when so many partitions are materialized: the daemon closes a backfill up to a minute later."""
        until, materialized, failed = monotonic() + ENDS_WITHIN, 0, 0
        while materialized + failed < number and monotonic() < until:
            sleep(1)
            found = self.ask(PARTITIONS, asset=_key(asset))["assetNodeOrError"]["partitionStats"]
            materialized, failed = int(found["numMaterialized"]), int(found["numFailed"])
        if materialized != number:
            raise RuntimeError(f"{materialized} of {number} partitions were materialized, {failed} failed")

    def ask(self, query: str, **variables: object) -> Any:
        """The data that answers a query of GraphQL; NoAnswerError if there is none."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310 - a page of ours
        try:
            with urlopen(request, timeout=60) as answer:  # noqa: S310 - see above
                found = json.load(answer)
        except URLError as error:
            raise NoAnswerError(str(error)) from error
        if "errors" in found:
            raise NoAnswerError(str(found["errors"]))
        return found["data"]


def _key(asset: str) -> Mapping[str, Sequence[str]]:
    return {"path": asset.split("/")}


def _expected(answer: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    if answer["__typename"] != kind:
        raise RuntimeError(f"Dagster answered {answer['__typename']}, expected {kind}")
    return answer
