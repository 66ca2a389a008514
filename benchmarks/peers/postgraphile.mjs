// PostGraphile 5, as its documentation has it for production: the preset Amber, grafserv on Node's own HTTP server,
// prepared statements (its default), as many connections as Boxoffice, nothing logged, no GraphiQL, and its own plug-in
// for persisted operations, whose texts are in OPERATIONS by their ids; other documents are admitted too.
// Serves the views of postgraphile.sql on a free port of the loopback, which is printed first.

import { createServer } from "node:http";
import { PersistedPlugin } from "@grafserv/persisted";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [PersistedPlugin],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["postgraphile"],
      poolConfig: { max: 10 },
    }),
  ],
  grafast: { explain: false },
  grafserv: {
    graphqlPath: "/graphql",
    graphiql: false,
    websockets: false,
    watch: false,
    persistedOperations: JSON.parse(process.env.OPERATIONS),
    allowUnpersistedOperation: true,
  },
});

const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
