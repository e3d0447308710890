"""How a ranker is made from graded pairs, with the very features that answers are ordered by."""
