"""What products of this field order by: a fixed weighted sum of text, rules, recency and amount.

Written down before any figure was seen and never tuned; it learns nothing.
"""

import numpy as np

from ranking.features import COLUMN, Floats

WEIGHTS = {"text": 0.4, "rules": 0.3, "recency": 0.2, "amount": 0.1}
YEAR, MOST = 365.0, 1e8  # days; yuan, as ranking/formula.py caps it


def weighted_sum(x: Floats) -> Floats:
    """float64 [n, len(FEATURES)] → [n], in 0 … 1; what is unknown earns nothing.

    text: words and meaning fused, the best match that we have, so that only the weighing differs.
    rules: share of conditions met. recency: e to the minus years since publication. amount: powers of ten.
    """
    age, worth = np.maximum(_column(x, "age_days"), 0), np.maximum(_column(x, "worth"), 0)
    parts = {
        "text": _column(x, "text"),
        "rules": _column(x, "met_share"),
        "recency": np.exp(-age / YEAR),
        "amount": np.log10(1 + worth) / np.log10(1 + MOST),
    }
    found: Floats = np.zeros(len(x))
    for name, weight in WEIGHTS.items():
        found += weight * np.minimum(np.nan_to_num(parts[name], nan=0.0), 1.0)
    return found


def _column(x: Floats, name: str) -> Floats:
    return x[:, COLUMN[name]]
