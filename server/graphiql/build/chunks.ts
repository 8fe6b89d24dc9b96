// Which file a module goes to. A worker has no document: it must load nothing but what it reaches by itself.
import { fileURLToPath } from "node:url";

const module = (path: string) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));

export const WORKERS = {
  "editor.worker": module("monaco-editor/esm/vs/editor/editor.worker.js"),
  "json.worker": module("monaco-editor/esm/vs/language/json/json.worker.js"),
  "graphql.worker": module("monaco-graphql/esm/graphql.worker.js"),
};

type Graph = { getModuleInfo(id: string): { importedIds: string[] } | null };

const found = new Map<string, Set<string>>();

function reachedFrom(entry: string, graph: Graph): Set<string> {
  let ids = found.get(entry);
  if (!ids) {
    found.set(entry, (ids = new Set([entry])));
    for (const id of ids) for (const next of graph.getModuleInfo(id)?.importedIds ?? []) ids.add(next);
  }
  return ids;
}

const entries = new Set(Object.values(WORKERS));
const worker = (name: keyof typeof WORKERS, graph: Graph) => reachedFrom(WORKERS[name], graph);

type Test = (id: string, graph: Graph) => boolean;

// In this order: a group also takes what its modules import, unless a group before it has done so.
const GROUPS: Record<string, Test> = {
  core: (id, graph) => worker("editor.worker", graph).has(id),
  graphql: (id, graph) => worker("graphql.worker", graph).has(id) && !id.includes("/picomatch"),
  prettier: (id) => id.includes("/node_modules/prettier/"),
  editor: (id) => /\/node_modules\/monaco-(editor|graphql)\//.test(id),
};

export const groups = Object.entries(GROUPS).map(([name, test]) => ({
  debugName: name,
  name: (id: string, graph: Graph) => (!entries.has(id) && test(id, graph) ? name : null),
}));
