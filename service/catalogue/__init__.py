"""The catalogue as it is published: what may be recommended, and what anybody may read of it."""
