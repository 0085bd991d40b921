"""The history of the database's schema, one Alembic revision per file; shipped inside the wheel."""
