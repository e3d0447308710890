"""What must hold afterwards, each claim as a list of what contradicts it.

Computes by itself who may have what; of the service it uses only the digest of what is material.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook

from policies.documents import read_document
from policies.facts import china
from service.push.material import material
from tests.faults.arrangement import KEY
from tests.faults.load import SECRET_NAME, Firm, Policy
from tests.faults.receivers import GOOD, Came
from tests.faults.seen import Hook, Seen

MATCHED, SUMMARY, REVISED = "measure.matched", "matches.summary", "measure.revised"
WITHDRAWN, OPENED, DEADLINE = "measure.withdrawn", "measure.opened", "measure.deadline"
OVER = frozenset(("delivered", "dead"))


@dataclass(frozen=True)
class Evidence:
    """What was acknowledged, what is there, and what came."""

    firms: Mapping[str, Firm]
    policies: Mapping[str, Policy]
    hooks: Sequence[Hook]
    seen: Seen
    files: Sequence[Path]
    doctor: tuple[int, str]

    @property
    def notices(self) -> Iterator[tuple[str, Any]]:
        """Every notification with its enterprise."""
        return ((name, each) for name, inbox in self.seen.inboxes.items() for each in inbox)

    @property
    def measures(self) -> dict[str, int]:
        """What is live by what was acknowledged: each measure with its threshold."""
        return {
            f"{name}.{each['key']}": each["rule"]["gte"]
            for name, policy in self.policies.items()
            if policy.status == "published"
            for each in policy.content["measures"]
        }

    def told(self, firm: str) -> Counter[str]:
        """How often the enterprise was told of each measure for the first time."""
        found: Counter[str] = Counter()
        for each in self.seen.inboxes[firm]:
            if each["type"] == SUMMARY:
                found.update(one["id"] for one in each["data"]["measures"])
            elif each["type"] == MATCHED:
                found[each["measure_id"]] += 1
        return found


def nothing_waits(all_: Evidence) -> Iterator[str]:
    """The queues are empty, and no job of the service has failed."""
    if all_.seen.waiting:
        yield f"{all_.seen.waiting} jobs still wait"
    yield from (f"failed {each}" for each in all_.seen.failed)


def acknowledged_is_there(all_: Evidence) -> Iterator[str]:
    """Every acknowledged write can be read."""
    for name, firm in all_.firms.items():
        got = all_.seen.firms[name]
        if got["name"] != firm.profile["name"] or _plain(got["facts"]["employees"]) != firm.employees:
            yield f"{name}: {got['facts']}, not {firm.profile['facts']}"
    for name, policy in all_.policies.items():
        got = all_.seen.policies[name]
        wanted = [each["rule"]["gte"] for each in policy.content["measures"]]
        there = [each["rule"]["gte"] for each in got["measures"]]
        if (got["status"], there) != (policy.status, wanted):
            yield f"{name}: {got['status']} {there}, not {policy.status} {wanted}"


def _plain(said: Any) -> Any:
    """The number of a fact, which the echo of a profile shows with its year."""
    while isinstance(said, dict):
        said = said["value"] if "value" in said else next(iter(said.values()))
    return said


def who_may_was_told(all_: Evidence) -> Iterator[str]:
    """Who may have a measure was told of it, once; who never could was not."""
    measures = all_.measures
    ever = {name: some for each in all_.policies.values() for name, some in each.sent.items()}
    for name, firm in all_.firms.items():
        told = all_.told(name)
        wanted = {one for one, least in measures.items() if firm.employees >= least}
        yield from (f"{name} was never told of {one}" for one in sorted(wanted - set(told)))
        yield from (f"{name} was told {n} times of {one}" for one, n in told.items() if n > 1)
        could = {one for one, some in ever.items() if max(firm.sent) >= min(some)}
        yield from (f"{name} was told of {one} for nothing" for one in sorted(set(told) - could))


def changes_were_told(all_: Evidence) -> Iterator[str]:
    """Who was told knows what is true now: the last word is of the withdrawal, or of the present rule."""
    measures, registry = all_.measures, china()
    digests: dict[str, str] = {}
    for policy in all_.policies.values():
        read = read_document(policy.content, registry)
        digests |= {each.id: material(read, each) for each in read.measures}
    for name, firm in all_.firms.items():
        last = {each["measure_id"]: each["type"] for each in all_.seen.inboxes[name]}
        for one in all_.told(name):
            is_over = last.get(one) == WITHDRAWN
            may = one in measures and firm.employees >= measures[one]
            if (one not in measures and not is_over) or (may and is_over):
                yield f"{name}: the last word of {one} is {last.get(one, SUMMARY)}"
            if one in measures and not is_over and all_.seen.materials.get((name, one)) != digests[one]:
                yield f"{name} does not know the present rule of {one}"


def nothing_was_told_twice(all_: Evidence) -> Iterator[str]:
    """No enterprise has more messages of a kind than there were reasons for."""
    for name in all_.firms:
        counts = Counter((each["measure_id"], each["type"]) for each in all_.seen.inboxes[name])
        for (one, kind), n in counts.items():
            policy = all_.policies.get((one or "").partition(".")[0])
            most = {SUMMARY: 1, MATCHED: 1, OPENED: 1, DEADLINE: 4}.get(kind)
            if most is None and policy is not None:
                most = policy.published if kind == REVISED else policy.withdrawn
            if n > (most or 0):
                yield f"{name}: {n} times {kind} of {one}"
    ids = Counter(each["id"] for _, each in all_.notices)
    yield from (f"{one} is there {n} times" for one, n in ids.items() if n > 1)


def every_notification_arrived(all_: Evidence) -> Iterator[str]:
    """At each endpoint that wants it a notification was delivered, or is visibly dead."""
    for hook in all_.hooks:
        came = {each.request.headers["webhook-id"] for each in hook.place.came if each.answered in GOOD}
        for name, each in all_.notices:
            if not _wants(hook, name, each["type"]):
                continue
            item = hook.deliveries.get(each["id"])
            if item is None:
                if hook.state == "active":
                    yield f"{hook.place.name}: nothing of {each['id']}"
            elif item["state"] not in OVER:
                yield f"{hook.place.name}: {each['id']} is {item['state']}"
            elif item["state"] == "delivered" and each["id"] not in came:
                yield f"{hook.place.name}: {each['id']} counts as delivered and never came"
            elif item["state"] == "dead" and not item["error"]:
                yield f"{hook.place.name}: {each['id']} is dead without a reason"


def _wants(hook: Hook, firm: str, kind: str) -> bool:
    events = hook.place.manner.events
    return (events is None or kind in events) and (hook.firms is None or firm in hook.firms)


def attempts_are_the_same(all_: Evidence) -> Iterator[str]:
    """The id and the bytes stay over attempts, and nothing came that the inbox does not have."""
    there = {each["id"]: name for name, each in all_.notices}
    for hook in all_.hooks:
        bodies: dict[str, bytes] = {}
        for each in hook.place.came:
            name = each.request.headers["webhook-id"]
            if bodies.setdefault(name, each.request.body) != each.request.body:
                yield f"{hook.place.name}: {name} came with another body"
            if name not in there and b"endpoint.disabled" not in each.request.body:
                yield f"{hook.place.name}: {name} is in no inbox"


def signatures_verify(all_: Evidence) -> Iterator[str]:
    """The official library signs the same; it verifies what was signed by a clock that was right."""
    for hook in all_.hooks:
        library = Webhook(hook.secret)
        for each in hook.place.came:
            at = datetime.fromtimestamp(int(each.request.headers["webhook-timestamp"]), UTC)
            signed = library.sign(each.request.headers["webhook-id"], at, each.request.body.decode())
            if signed not in each.request.headers["webhook-signature"].split(" "):
                yield f"{hook.place.name}: the signature of {each.request.headers['webhook-id']}"


def logs_tell_nothing(all_: Evidence) -> Iterator[str]:
    """Neither names nor secrets nor keys nor addresses are in a file that people read."""
    words = [SECRET_NAME, SECRET_NAME.encode("unicode_escape").decode(), KEY, "whsec_"]
    words += [hook.secret.removeprefix("whsec_") for hook in all_.hooks]
    words += [hook.place.url for hook in all_.hooks]
    for file in all_.files:
        text = file.read_text(encoding="utf-8", errors="replace")
        yield from (f"{file.name} holds {word[:12]}…" for word in words if word in text)


def doctor_is_content(all_: Evidence) -> Iterator[str]:
    """`huiqi doctor` finds nothing broken."""
    code, told = all_.doctor
    if code:
        yield f"huiqi doctor: {told}"


CLAIMS: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    nothing_waits,
    acknowledged_is_there,
    who_may_was_told,
    changes_were_told,
    nothing_was_told_twice,
    every_notification_arrived,
    attempts_are_the_same,
    signatures_verify,
    logs_tell_nothing,
    doctor_is_content,
)


def judged(all_: Evidence) -> dict[str, list[str]]:
    """Each claim with what contradicts it."""
    return {claim.__name__: list(claim(all_)) for claim in CLAIMS}


def counts(all_: Evidence) -> dict[str, int]:
    """What there was."""
    came = [each for hook in all_.hooks for each in hook.place.came]
    ended = Counter(item["state"] for hook in all_.hooks for item in hook.deliveries.values())
    kinds = Counter(each["type"] for _, each in all_.notices)
    return {
        "notifications": sum(kinds.values()),
        **{f"  {kind}": n for kind, n in sorted(kinds.items())},
        "deliveries": sum(ended.values()),
        **{f"  {state}": n for state, n in sorted(ended.items())},
        "attempts that came": len(came),
        "came again though it had arrived": sum(_repeats(hook.place.came) for hook in all_.hooks),
    }


def _repeats(came: Sequence[Came]) -> int:
    good = Counter(each.request.headers["webhook-id"] for each in came if each.answered in GOOD)
    return sum(n - 1 for n in good.values())
