"""Enterprises: their profiles, their vectors, and whom a measure reaches."""
