"""Moving an installation from parent events to functions: forward, looking, and back.

`migrating` makes the functions · `undoing` goes back · `looking` validates and tells how far it is · `planning` decides
what becomes of each parent event · `asking` lets mutations ask for it, which `jobs.moving` then does.
`docs/migration-guide.md` is for the operator, `docs/functions-architecture.md` says how it works.
"""
