/** PostGraphile 5 over views that hold the row rule: the claims of the viewer's row are settings of the transaction. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { armsOf, pool, viewerOf } from "./door.mjs"; // first: it sets production mode

import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const array = (values) => `{${values.join(",")}}`;

/** The viewer's row as the settings that the views read. */
function settingsOf(viewer) {
  const { control, teacher } = armsOf(viewer);
  return {
    role: "bench_postgraphile_reader",
    "viewer.school_id": viewer.school_id,
    "viewer.today": viewer.today,
    "viewer.guardian_id": viewer.guardian_id ?? 0,
    "viewer.control": control,
    "viewer.teacher": teacher,
    "viewer.children": array(viewer.children),
    "viewer.child_classes": array(viewer.child_classes),
    "viewer.child_groups": array(viewer.child_groups),
    "viewer.led_classes": array(viewer.led_classes),
    "viewer.taught_groups": array(viewer.taught_groups),
    "viewer.taught_subjects": array(viewer.taught_subjects),
  };
}

const preset = {
  extends: [PostGraphileAmberPreset],
  disablePlugins: ["NodePlugin", "PgMutationCreatePlugin", "PgMutationUpdateDeletePlugin"],
  pgServices: [makePgService({ pool, schemas: ["bench_postgraphile"], pubsub: false })],
  // Simple lists instead of connections: no cursors, no second level of objects.
  schema: { defaultBehavior: "list -connection -query:resource:list" },
  grafast: { explain: false, context: ({ node }) => ({ pgSettings: settingsOf(node.req.viewer) }) },
  grafserv: { graphiql: false, websockets: false, watch: false, outputDataAsString: true },
};

await pool.query(`BEGIN; ${readFileSync(new URL("postgraphile.sql", import.meta.url), "utf8")}; COMMIT`);

const serv = postgraphile(preset).createServ(grafserv);
await serv.ready();
const answer = serv.createHandler();

const server = createServer(async (request, response) => {
  try {
    request.viewer = await viewerOf(request.headers.authorization);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
    return;
  }
  if (request.viewer) {
    await answer(request, response);
  } else {
    response.writeHead(401, { "content-type": "application/json" });
    response.end('{"errors":[{"message":"Unauthenticated"}]}');
  }
});
server.listen(Number(process.env.PORT), "127.0.0.1");
