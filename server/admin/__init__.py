"""The administrators' pages at `/admin`: lists, details and forms over the same commands that the API has.

starlette-admin draws them. Who may come in (`gate`, `login`), what is read (`reading`), and how anything is changed
(`changing`) is this project's own.
"""
