"""Moving an installation from parent events to functions: forward, looking, and back.

`migrating` makes the functions · `undoing` goes back · `looking` validates and tells how far it is · `planning` decides
what becomes of each parent event. `docs/migration-guide.md` is for the operator, `docs/functions-architecture.md` says
how it works.
"""
