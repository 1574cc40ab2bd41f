"""The append-only event log on SQLite and PostgreSQL."""
