"""The database: engine, tables, migrations, the outbox of jobs."""
