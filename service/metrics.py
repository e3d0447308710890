"""What can be measured from outside: requests by route and status, and how long they took.

A registry of its own; no value of a request but its route's pattern becomes a label.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

KIND = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("huiqi_requests", "HTTP answers", labels, registry=self._registry)
        self._seconds = Histogram(
            "huiqi_request_seconds", "Time to answer", ("route",), buckets=SECONDS, registry=self._registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def shown(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self._registry)
