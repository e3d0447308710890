"""The main job: which measures are for an enterprise, in which order, and why."""
