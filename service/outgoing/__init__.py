"""Requests that leave the house: where they may go, how long they may take, how much they may bring back."""
