"""What orders by words and meaning: one rule for answers and for training.

Only chooses a text; never adds one.
"""

from policies.profiles import Profile


def need_of(query: str | None, profile: Profile) -> str:
    """The query, else what the enterprise says of itself, else nothing.

    A query is nearer to what is wanted now than a description, and mixing would water down its words.
    """
    return (query or "").strip() or (profile.text or "").strip()
