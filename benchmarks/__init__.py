"""Measurements beside a named peer: each is one command, `python -m benchmarks NAME`."""
