"""The only room that speaks SQL and Redis: models, statements, rows, migrations."""
