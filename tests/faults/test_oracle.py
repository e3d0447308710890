"""Claims about the judge itself: each thing that may go wrong is found, and nothing else is."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from policies.documents import read_document
from policies.facts import china
from service.push import signing
from service.push.material import material
from tests.faults.load import SECRET_NAME, Firm, Policy, document_of
from tests.faults.oracle import Evidence, judged
from tests.faults.receivers import MANNERS, Came, Place
from tests.faults.seen import Hook, Seen
from tests.service.outgoing_world import Received

ONE, TWO = "policy-0.one", "policy-0.two"
SECRET = signing.new_secret()


def came(notice: str, answered: str = "200", body: bytes = b"{}") -> Came:
    headers = signing.headers(notice, datetime.now(UTC), body, [SECRET])
    return Came(Received("/hook", headers, body), answered)


def notice(name: str, kind: str, measure: str | None = ONE, **data: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "measure_id": measure, "data": data}


@pytest.fixture
def whole(tmp_path: Path) -> Evidence:
    """A firm that was told of the one measure that it may have, and of nothing else."""
    content = document_of("policy-0", {"one": 5, "two": 19})
    read = read_document(content, china())
    digests = {each.id: material(read, each) for each in read.measures}
    policy = Policy(content, "published", 1, 1, 0, {ONE: {5}, TWO: {19}})
    firm = Firm({"name": SECRET_NAME, "facts": {"employees": 7}}, {7})
    there = {"name": SECRET_NAME, "facts": {"employees": {"2025": 7}}}
    seen = Seen(
        {"firm": [notice("a", "measure.matched")]},
        {"firm": there},
        {"policy-0": {**content, "status": "published"}},
        {("firm", ONE): digests[ONE]},
    )
    place = Place("steady", MANNERS["steady"], None, "http://127.0.0.1:1/hook", [came("a")])  # type: ignore[arg-type]
    hook = Hook("hook", SECRET, place, None, deliveries={"a": {"state": "delivered", "error": None}})
    log = tmp_path / "worker.log"
    log.write_text("job done")
    return Evidence({"firm": firm}, {"policy-0": policy}, [hook], seen, [log], (0, "ok"))


def test_of_what_is_whole_nothing_is_said(whole: Evidence) -> None:
    assert not any(judged(whole).values())


def lost_write(all_: Evidence) -> None:
    all_.seen.firms["firm"]["facts"]["employees"] = {"2025": 6}


def lost_revision(all_: Evidence) -> None:
    all_.seen.policies["policy-0"]["measures"] = []


def never_told(all_: Evidence) -> None:
    all_.seen.inboxes["firm"] = []


def told_in_both_ways(all_: Evidence) -> None:
    all_.seen.inboxes["firm"].append(notice("b", "matches.summary", None, measures=[{"id": ONE}]))


def told_for_nothing(all_: Evidence) -> None:
    all_.seen.inboxes["firm"].append(notice("b", "measure.matched", TWO))


def told_of_an_end_that_is_none(all_: Evidence) -> None:
    all_.seen.inboxes["firm"].append(notice("b", "measure.withdrawn"))


def revised_for_nothing(all_: Evidence) -> None:
    all_.seen.inboxes["firm"] += [notice(name, "measure.revised") for name in "bc"]


def old_rule_known(all_: Evidence) -> None:
    all_.seen.materials["firm", ONE] = "another"


def delivery_lost(all_: Evidence) -> None:
    all_.hooks[0].deliveries.clear()


def delivery_that_never_came(all_: Evidence) -> None:
    all_.hooks[0].place.came.clear()


def delivery_left(all_: Evidence) -> None:
    all_.hooks[0].deliveries["a"]["state"] = "sending"


def another_body(all_: Evidence) -> None:
    all_.hooks[0].place.came.append(came("a", "200", b"[]"))


def nobodys_message(all_: Evidence) -> None:
    all_.hooks[0].place.came.append(came("z"))


def wrong_signature(all_: Evidence) -> None:
    all_.hooks[0].secret = signing.new_secret()


def told_in_a_log(all_: Evidence) -> None:
    all_.files[0].write_text(f"wrote to {SECRET_NAME}")


def work_left(all_: Evidence) -> None:
    all_.seen.waiting = 1


def failed_job(all_: Evidence) -> None:
    all_.seen.failed.append("tell: KeyError")


@pytest.mark.parametrize(
    ("fault", "claim"),
    [
        (lost_write, "acknowledged_is_there"),
        (lost_revision, "acknowledged_is_there"),
        (never_told, "who_may_was_told"),
        (told_in_both_ways, "who_may_was_told"),
        (told_for_nothing, "who_may_was_told"),
        (told_of_an_end_that_is_none, "changes_were_told"),
        (old_rule_known, "changes_were_told"),
        (revised_for_nothing, "nothing_was_told_twice"),
        (delivery_lost, "every_notification_arrived"),
        (delivery_that_never_came, "every_notification_arrived"),
        (delivery_left, "every_notification_arrived"),
        (another_body, "attempts_are_the_same"),
        (nobodys_message, "attempts_are_the_same"),
        (wrong_signature, "signatures_verify"),
        (told_in_a_log, "logs_tell_nothing"),
        (work_left, "nothing_waits"),
        (failed_job, "nothing_waits"),
    ],
)
def test_what_goes_wrong_is_found(whole: Evidence, fault: Callable[[Evidence], None], claim: str) -> None:
    fault(whole)
    assert judged(whole)[claim]
