// Fills an example's variables: what it says itself, then what its `prepare` query finds for this very person.
import type { Example } from "./examples";
import { send } from "./session";

/** "me.children.*.id" walks the data; a `*` makes a list of every item. Undefined when there is nothing there. */
export function at(data: unknown, path: string): unknown {
  const spread = path.includes("*");
  let found: unknown[] = [data];
  for (const step of path.split(".")) {
    found = found
      .flatMap((item) =>
        step === "*" ? (Array.isArray(item) ? item : []) : [(item as Record<string, unknown> | null)?.[step]],
      )
      .filter((item) => item !== undefined && item !== null);
  }
  return spread && found.length ? found : found[0];
}

async function variablesOf({ variables, prepare, fill = {} }: Example, run: (query: string) => Promise<unknown>) {
  const filled: Record<string, unknown> = { ...variables };
  const data = prepare ? await run(prepare) : null;
  for (const [name, path] of Object.entries(fill)) {
    const value = at(data, path);
    if (value !== undefined) filled[name] = value;
  }
  return Object.keys(filled).length ? JSON.stringify(filled, null, 2) : "";
}

const PATIENCE = 5000;
const nothingInTime = () => new Promise<null>((resolve) => setTimeout(resolve, PATIENCE, null));

/** The text of each example's variables, in order. A `prepare` query that fails, or is slow, fills nothing. */
export function prepared(examples: Example[]): Promise<string[]> {
  const results = new Map<string, Promise<unknown>>();
  const run = (query: string) => {
    const result =
      results.get(query) ??
      Promise.race([
        send({ query }).then(
          ({ data }) => data,
          () => null,
        ),
        nothingInTime(),
      ]);
    results.set(query, result);
    return result;
  };
  return Promise.all(examples.map((example) => variablesOf(example, run)));
}
