"""What every test can ask for."""

pytest_plugins = (
    "tests.plugins.garbage",
    "tests.plugins.logs",
    "tests.plugins.servers",
    "tests.plugins.databases",
    "tests.plugins.graph",
    "tests.plugins.properties",
)
