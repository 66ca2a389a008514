"""The response cache: answers that are the same for everybody, kept until something they show changes.

`docs/caching.md` says what it promises, `docs/decisions/` why it is built as it is.
"""
