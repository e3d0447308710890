"""The outside world: HTTP, database, worker, pages, command line. Imports every other room."""
