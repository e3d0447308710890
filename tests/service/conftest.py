"""The fixtures that several files share: both databases, one after the other.

Registered here, written where the databases are.
"""

from tests.service.engines import both  # noqa: F401  # a fixture
