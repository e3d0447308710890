"""Programs that break a whole service on purpose, and look afterwards whether anything was lost."""
