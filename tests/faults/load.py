"""Who writes while things break: enterprises that change, documents published, revised and withdrawn.

Keeps what was acknowledged. What was not is sent again until it is, as a careful client does.
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import httpx2

from service.clock import SystemClock
from tests.faults.arrangement import KEY
from tests.service.asking import document, measure

FIRMS, DOCUMENTS = 40, 6
MOST_EMPLOYEES = 20
AGAIN_S, PATIENCE_S = 0.2, 120.0
SECRET_NAME = "机密之企业"  # a part of every name: nowhere in a log
_TRANSIENT = frozenset((500, 502, 503, 504))


class Refused(Exception):
    """The service refused what it should take."""


@dataclass
class Firm:
    """What was acknowledged of an enterprise, and every number of employees that was ever sent."""

    profile: dict[str, Any] = field(default_factory=dict)
    sent: set[int] = field(default_factory=set)

    @property
    def employees(self) -> int:
        return int(self.profile["facts"]["employees"])


@dataclass
class Policy:
    """What was acknowledged of a document, and every threshold of its measures that was ever sent."""

    content: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    revision: int = 0
    published: int = 0
    withdrawn: int = 0
    sent: dict[str, set[int]] = field(default_factory=dict)


@dataclass
class Client:
    """Sends until it is acknowledged; counts."""

    http: httpx2.AsyncClient
    url: str
    acknowledged: int = 0
    again: int = 0
    errors: dict[int, int] = field(default_factory=dict)

    async def send(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """The acknowledged answer. Raises Refused."""
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        headers |= {} if key is None else {"Idempotency-Key": key}
        content = None if body is None else json.dumps(body).encode()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    answer = await self.http.request(
                        method, self.url + path, content=content, headers=headers
                    )
                except httpx2.TransportError:
                    self.again += 1
                else:
                    if answer.status_code not in _TRANSIENT:
                        break
                    self.again += 1
                    self.errors[answer.status_code] = self.errors.get(answer.status_code, 0) + 1
                await asyncio.sleep(AGAIN_S)
        if answer.status_code >= 300:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        self.acknowledged += method != "GET"
        return answer.json() if answer.content else None


@dataclass
class Load:
    """Two writers, by seed: one of enterprises, one of documents."""

    client: Client
    seed: int
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    may_go: asyncio.Event = field(default_factory=asyncio.Event)
    firms: dict[str, Firm] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)

    async def run(self) -> None:
        """Writes until told to stop; what is begun is finished."""
        self.may_go.set()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._change_firms(Random(f"{self.seed}/firms")))
            both.create_task(self._change_policies(Random(f"{self.seed}/policies")))

    async def _change_firms(self, draw: Random) -> None:
        while not self.stopping.is_set():
            await self.may_go.wait()
            name = f"firm-{draw.randrange(FIRMS)}"
            firm = self.firms.setdefault(name, Firm())
            employees = draw.randrange(MOST_EMPLOYEES)
            profile = {"name": f"{SECRET_NAME}{name}", "facts": {"employees": employees}}
            firm.sent.add(employees)
            await self.client.send("PUT", f"/v1/enterprises/{name}", profile)
            firm.profile = profile
            await asyncio.sleep(draw.uniform(0.02, 0.2))

    async def _change_policies(self, draw: Random) -> None:
        while not self.stopping.is_set():
            await self.may_go.wait()
            name = f"policy-{draw.randrange(DOCUMENTS)}"
            policy = self.policies.setdefault(name, Policy())
            if policy.status == "published" and draw.random() < 0.25:
                await self._withdraw(name, policy)
            else:
                await self._publish(name, policy, draw)
            await asyncio.sleep(draw.uniform(0.2, 1.5))

    async def _publish(self, name: str, policy: Policy, draw: Random) -> None:
        thresholds = {key: draw.randrange(MOST_EMPLOYEES) for key in ("one", "two")}
        kept = _thresholds(policy.content) if policy.content else {}
        if kept and draw.random() < 0.7:  # only one of its measures changes
            thresholds["two"] = kept["two"]
        content = document_of(name, thresholds)
        for key, threshold in thresholds.items():
            policy.sent.setdefault(f"{name}.{key}", set()).add(threshold)
        if policy.status:
            answer = await self.client.send("PUT", f"/v1/policies/{name}", content)
        else:
            key = str(UUID(int=draw.getrandbits(128), version=4))
            answer = await self.client.send("POST", "/v1/policies", content, key)
        policy.content, policy.revision, policy.status = content, answer["revision"], policy.status or "draft"
        await self.client.send("POST", f"/v1/policies/{name}/publish", {})
        policy.status, policy.published = "published", policy.published + 1

    async def _withdraw(self, name: str, policy: Policy) -> None:
        await self.client.send("POST", f"/v1/policies/{name}/withdraw", {"reason": "试验"})
        policy.status, policy.withdrawn = "withdrawn", policy.withdrawn + 1


def _thresholds(content: dict[str, Any]) -> dict[str, int]:
    return {each["key"]: each["rule"]["gte"] for each in content["measures"]}


def document_of(name: str, thresholds: dict[str, int]) -> dict[str, Any]:
    """Measures for whoever has at least so many employees; one rolling, one that opens and ends soon."""
    today = SystemClock().today()
    soon = [{"opens": f"{today + timedelta(1)}", "closes": f"{today + timedelta(10)}"}]
    rules = {key: {"field": "employees", "gte": least} for key, least in thresholds.items()}
    windows: dict[str, Any] = {"one": [], "two": soon}
    return document(name, *(measure(key, rule, windows=windows[key]) for key, rule in rules.items()))
