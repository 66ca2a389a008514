"""GraphQL over HTTP: bytes to one value, one value to bytes, and every refusal in between.

The room knows HTTP and nothing of the schema or the database: `endpoint.GraphQLEndpoint` is handed an `execute`
function and does the rest as the GraphQL-over-HTTP specification and RFC 9110 say. `docs/http.md` has the table.

`decode` and `params` read a request, `negotiate` chooses the answer's media type, `answer` writes it, `refusals` names
what is refused and how; `protocol` bounds what comes before a request exists; `request_id` and `failures` wrap it all.
"""
