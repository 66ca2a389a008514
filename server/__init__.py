"""The process: ASGI application, settings, HTTP protocol, embedded servers, command line."""
