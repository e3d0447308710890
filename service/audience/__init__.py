"""The audience of a measure: how many enterprises stand where, and which it is nearest to."""
