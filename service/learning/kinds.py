"""What becomes of what was shown: the kinds of events that callers tell, each a word of a closed list.

Words only. `shown` is no event of a caller: what was shown is logged by whoever answers.
"""

# In the order in which they usually follow one another; they may come late and in any order.
OPENED, SAVED, DISMISSED, APPLIED = "opened", "saved", "dismissed", "applied"
GRANTED, REFUSED = "granted", "refused"
KINDS = (OPENED, SAVED, DISMISSED, APPLIED, GRANTED, REFUSED)
