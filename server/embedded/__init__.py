"""Real servers from pip wheels: what runs when no DATABASE_URL and no REDIS_URL are given.

`postgres.postgres` and `valkey.valkey` are context managers that yield a URL and stop what they started;
`data_folder` says where their data lives and who may touch it, `process` starts, watches and stops a program.
The tests get their servers from here as well, so that no second way of starting one exists.
"""
