"""WebSockets: the protocol `graphql-transport-ws` of the npm package `graphql-ws`, on the path of GraphQL over HTTP.

`protocol` bounds what comes before there is a message to speak of, `endpoint` lets sockets in, `session` is one of
them, `messages` reads and writes what it says.
"""
