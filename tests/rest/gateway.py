"""A gateway to a REST catalog: what passes through it may be lost, answered oddly, or changed on its way back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import requests

from tests.rest.odd import Answer, Oddity, OddServer, Request

# Asked for by a process that wants its next commit refused.
REFUSE_NEXT_COMMIT: Final = "/refuse-next-commit"
HOP_BY_HOP: Final = {"host", "connection", "content-length", "accept-encoding"}
SECONDS: Final = 60


class Gateway(OddServer):
    """Passes requests on to the catalog that *behind* names, and its answers back."""

    def __init__(self, behind: dict[str, str]) -> None:
        self.behind = behind
        self.prefix = f"{behind['warehouse']}/"
        self._passing_on = requests.Session()
        self.authorizations: list[str] = []
        self.changes: Callable[[Request, Any], Any] = lambda _request, told: told
        super().__init__()

    @property
    def properties(self) -> dict[str, str]:
        return self.behind | {"uri": self.uri}

    def answer(self, request: Request) -> Answer:
        if request.target == REFUSE_NEXT_COMMIT:
            self.will_answer([Oddity(is_done=False, status=403)])
            return Answer(204, b"")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        self.authorizations.append(request.headers.get("Authorization", ""))
        told = self._passing_on.request(
            request.verb,
            self.behind["uri"] + request.target,
            headers=headers,
            data=request.body,
            timeout=SECONDS,
        )
        answer = Answer(told.status_code, told.content, told.headers.get("Content-Type", "application/json"))
        if not told.ok or not told.content:
            return answer
        changed = self.changes(request, json.loads(told.content))
        return Answer(answer.status, json.dumps(changed).encode(), answer.type)
