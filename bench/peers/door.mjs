/** The door that both peers share: the pool, and who asks, found out anew for every request. */

import { readFileSync } from "node:fs";

import { createVerifier } from "fast-jwt";
import pg from "pg";

// Read by whatever is imported after this module.
process.env.NODE_ENV ??= "production";

const { CLASSBOOK_NOW, CLASSBOOK_SECRET, DATABASE_URL, POOL_SIZE = "10", VIEWER_SQL } = process.env;

// The values of columns as the answers need them: numbers as numbers, dates as they are written.
const BIGINT = 20;
const DATE = 1082;
const types = {
  getTypeParser(oid, format) {
    if (oid === BIGINT) return Number;
    return oid === DATE ? String : pg.types.getTypeParser(oid, format);
  },
};

export const pool = new pg.Pool({
  connectionString: DATABASE_URL,
  max: Number(POOL_SIZE),
  // A prepared statement is planned once, not at each execution: its plan does not depend on the values.
  options: "-c plan_cache_mode=force_generic_plan -c jit=off",
  types,
});

const verify = createVerifier({ key: CLASSBOOK_SECRET, algorithms: ["HS256"], requiredClaims: ["exp"] });
const viewerText = readFileSync(VIEWER_SQL, "utf8");

/** The row of whoever shows this `Authorization`, or nothing: the token is not good, or the session has ended. */
export async function viewerOf(authorization) {
  const [scheme, token] = (authorization ?? "").split(" ");
  let claims;
  try {
    claims = scheme.toLowerCase() === "bearer" && verify(token);
  } catch {
    return undefined;
  }
  if (claims?.typ !== "access") return undefined;
  const values = [claims.sch, claims.ses, CLASSBOOK_NOW, new Date()];
  return (await pool.query({ name: "viewer", text: viewerText, values })).rows[0];
}

/** Which of the three arms of the row rule the viewer has: any of them, all at once. */
export function armsOf({ appointed, children }) {
  const control = appointed.includes("deputy") || appointed.includes("director");
  return { control, teacher: appointed.includes("teacher"), parent: children.length > 0 };
}
