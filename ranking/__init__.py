"""Ordering the eligible by use to one enterprise; knows nothing of HTTP, SQL or the index."""
