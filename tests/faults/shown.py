"""Which fault of the push is shown by which test.

Names only; a test looks whether they exist.
"""

from collections.abc import Mapping

_RANDOM = "tests/faults/test_push.py::test_whatever_is_killed_nothing_is_lost_doubled_or_changed"
_DELIVERY = "tests/service/test_delivery_faults.py"
_WORKER = "tests/service/test_worker_process.py"
_HOOKS = "tests/service/test_webhook_deliveries.py"
_HOSTILE = "tests/service/test_hostile_receivers.py"
_SCHEDULES = "tests/service/test_schedules.py"
_GUARD = "tests/service/test_outgoing_guard.py"
_CLIENT = "tests/service/test_outgoing_client.py"

# Fault, what it is, and the tests that show it.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "F1": ("the API is killed during writes", _RANDOM),
    "F2": (
        "a worker is killed while it tells or delivers",
        _RANDOM,
        f"{_WORKER}::test_killed_while_telling_and_started_again_it_tells_the_rest_once_within_the_lease_and_two_seconds",
    ),
    "F3": (
        "a worker is killed between sending and acknowledging",
        f"{_DELIVERY}::test_a_worker_killed_between_sending_and_acknowledging_is_followed_by_one_that_sends_the_same_id",
    ),
    "F11": (
        "the Redis-protocol server is killed, comes back, never was, hangs, talks nonsense",
        _RANDOM,
        "tests/service/test_wake.py::test_a_server_that_is_killed_and_comes_back_is_heard_again",
        "tests/service/test_wake.py::test_without_a_server_waiting_is_a_short_poll_and_telling_fails_silently",
        "tests/faults/test_wakers.py::test_a_server_that_hangs_or_talks_nonsense_costs_time_and_stops_nobody",
    ),
    "F12": (
        "clocks jump",
        _RANDOM,
        f"{_SCHEDULES}::test_a_clock_that_jumps_two_days_ahead_makes_one_job",
        f"{_SCHEDULES}::test_a_clock_that_goes_back_an_hour_does_nothing_twice_and_goes_on",
        "tests/service/test_jobs.py::test_when_a_job_is_due_is_told_by_the_databases_clock_and_not_by_ours",
        f"{_HOOKS}::test_the_id_and_the_bytes_stay_over_attempts_and_the_time_is_the_attempts",
    ),
    "F13": (
        "the same request comes twice, or many times at once",
        "tests/service/test_idempotency.py::test_twins_at_the_same_time_get_one_answer",
        "tests/service/test_idempotency.py::test_another_body_under_the_key_is_a_mismatch",
        "tests/faults/test_twins.py::test_fifty_twins_at_two_services_have_one_effect_and_one_answer",
    ),
    "F14": (
        "receivers fail, hang, stream, lie and leave",
        _RANDOM,
        f"{_HOSTILE}::test_what_a_receiver_does_ends_in_time_and_is_told",
        f"{_HOSTILE}::test_while_one_endpoint_hangs_the_others_are_told_within_two_seconds",
        f"{_HOOKS}::test_what_retry_after_asks_for_is_obeyed_up_to_a_day",
        f"{_HOOKS}::test_410_disables_the_endpoint_kills_what_waits_and_others_are_told",
        f"{_HOOKS}::test_five_days_of_failure_alone_pause_an_endpoint_until_it_is_resumed",
    ),
    "F15": (
        "addresses that lead inside, also at the second look",
        f"{_GUARD}::test_every_hostile_address_is_refused_even_if_all_names_are_public",
        f"{_GUARD}::test_one_forbidden_address_among_several_refuses_the_name",
        f"{_CLIENT}::test_a_name_that_was_public_and_leads_inside_later_is_not_connected_to",
        f"{_HOOKS}::test_an_address_that_leads_inside_at_send_is_not_sent_to",
    ),
    "F16": (
        "a secret is changed while deliveries are tried again",
        f"{_HOOKS}::test_both_secrets_sign_for_a_day_after_a_rotation_and_then_the_new_one_alone",
    ),
    "F17": (
        "processes are told to end under load",
        f"{_DELIVERY}::test_a_worker_told_to_end_while_it_delivers_loses_and_repeats_nothing",
        f"{_WORKER}::test_told_to_end_it_ends_at_once_and_gives_its_job_back",
        "tests/e2e/test_two_of_each.py::test_told_to_end_every_process_ends_in_order_and_in_time",
    ),
    "F24": (
        "a worker is stopped past its lease and goes on",
        _RANDOM,
        f"{_DELIVERY}::test_a_worker_stopped_past_its_lease_sends_nothing_of_it_when_it_goes_on",
        f"{_WORKER}::test_one_that_is_stopped_past_its_lease_and_goes_on_tells_nobody_twice",
        "tests/service/test_jobs.py::test_who_has_lost_the_lease_changes_nothing_any_more",
    ),
}
