// GraphQL Yoga 5 as one writes it: resolvers over pg, a DataLoader for each edge and request, prepared statements, as
// many connections as Boxoffice, nothing logged, no GraphiQL. Yoga's cache of parsed and validated documents is on, as
// it is by default. Its own plug-in for persisted operations finds their texts by their ids in OPERATIONS; other
// documents are admitted too.
// Serves on a free port of the loopback, which is printed first.

import { createServer } from "node:http";
import { usePersistedOperations } from "@graphql-yoga/plugin-persisted-operations";
import DataLoader from "dataloader";
import { createSchema, createYoga } from "graphql-yoga";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, options: "-c jit=off" });

const typeDefs = /* GraphQL */ `
  scalar DateTime
  scalar Date

  type Query {
    functions(first: Int!): FunctionConnection!
    function(slug: String!): Function
  }

  type FunctionConnection {
    nodes: [Function!]!
  }

  type Function {
    id: ID!
    name: String!
    slug: String!
    description: String
    startDate: Date
    endDate: Date
    timezone: String!
    location: String
    events(first: Int!): EventConnection!
  }

  type EventConnection {
    nodes: [Event!]!
  }

  type Event {
    id: ID!
    title: String!
    eventStart: DateTime!
    tickets(first: Int!): TicketConnection!
  }

  type TicketConnection {
    nodes: [Ticket!]!
  }

  type Ticket {
    id: ID!
    name: String!
    price: Money!
  }

  type Money {
    amount: String!
    currency: String!
  }
`;

const FUNCTION = `
  SELECT function_id AS id, name, slug, description, start_date::text AS "startDate", end_date::text AS "endDate",
         timezone, location
  FROM functions WHERE is_active AND deleted_at IS NULL`;

const FUNCTIONS = {
  name: "functions",
  text: `
    SELECT function_id AS id, name FROM functions
    WHERE is_active AND deleted_at IS NULL ORDER BY sort_date, function_id LIMIT $1`,
};

const FUNCTION_BY_SLUG = { name: "function-by-slug", text: `${FUNCTION} AND slug = $1` };

const EVENTS = {
  name: "events",
  text: `
    SELECT parent, event_id AS id, title, event_start AS "eventStart"
    FROM unnest($1::uuid[]) AS parent
    CROSS JOIN LATERAL (
      SELECT event_id, title, event_start FROM events
      WHERE function_id = parent AND is_published AND deleted_at IS NULL ORDER BY event_start, event_id LIMIT $2
    ) AS each`,
};

const TICKETS = {
  name: "tickets",
  text: `
    SELECT parent, ticket_id AS id, name, price_amount AS "priceAmount", price_currency AS "priceCurrency"
    FROM unnest($1::uuid[]) AS parent
    CROSS JOIN LATERAL (
      SELECT ticket_id, name, price_amount, price_currency, position FROM event_tickets
      WHERE event_id = parent AND is_active AND deleted_at IS NULL ORDER BY position, ticket_id LIMIT $2
    ) AS each`,
};

const query = async (statement, values) => (await pool.query({ ...statement, values })).rows;

/** Loads the first rows of each parent; parents of one request and `first` share a statement. */
const firstOfEach = (statement) => {
  const loaders = new Map();
  return (first) => {
    if (!loaders.has(first)) {
      loaders.set(
        first,
        new DataLoader(async (parents) => {
          const pages = new Map(parents.map((parent) => [parent, []]));
          for (const row of await query(statement, [parents, first])) pages.get(row.parent).push(row);
          return parents.map((parent) => ({ nodes: pages.get(parent) }));
        }),
      );
    }
    return loaders.get(first);
  };
};

const DIGITS = { JPY: 0, KWD: 3 };

const decimal = (minor, currency) => {
  const digits = DIGITS[currency] ?? 2;
  return (Number(minor) / 10 ** digits).toFixed(digits);
};

const resolvers = {
  Query: {
    functions: async (_, { first }) => ({ nodes: await query(FUNCTIONS, [first]) }),
    function: async (_, { slug }) => (await query(FUNCTION_BY_SLUG, [slug]))[0] ?? null,
  },
  Function: { events: ({ id }, { first }, { events }) => events(first).load(id) },
  Event: { tickets: ({ id }, { first }, { tickets }) => tickets(first).load(id) },
  Ticket: {
    price: ({ priceAmount, priceCurrency }) => ({
      amount: decimal(priceAmount, priceCurrency),
      currency: priceCurrency,
    }),
  },
};

const operations = new Map(Object.entries(JSON.parse(process.env.OPERATIONS)));

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: () => ({ events: firstOfEach(EVENTS), tickets: firstOfEach(TICKETS) }),
  plugins: [
    usePersistedOperations({
      getPersistedOperation: (id) => operations.get(id),
      allowArbitraryOperations: true,
      skipDocumentValidation: true,
    }),
  ],
  graphiql: false,
  landingPage: false,
  logging: false,
});

const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
