"""The types of messages that leave the house.

Names only; who is told what is decided where it is told.
"""

MATCHED, SUMMARY = "measure.matched", "matches.summary"
REVISED, WITHDRAWN = "measure.revised", "measure.withdrawn"
OPENED, DEADLINE = "measure.opened", "measure.deadline"
ENDPOINT_DISABLED = "endpoint.disabled"
TYPES = (MATCHED, SUMMARY, REVISED, WITHDRAWN, OPENED, DEADLINE, ENDPOINT_DISABLED)
