"""Bringing what schedules say into the database: decided in plain values first, then written in a few statements.

`source` is what one import takes in · `rows` says which values a gathering and a talk have as rows · `changes` compares
them with the rows that stand · `slugs` finds slugs that are free · `counts` says what was done. `import_schedules`
puts them together.
"""
