"""The embedded PostgreSQL server: found, started, counted and stopped."""
