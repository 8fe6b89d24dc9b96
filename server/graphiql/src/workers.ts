// Monaco's workers, from our own origin: by default it starts them from blob: addresses.
const NAMES: Record<string, string> = { json: "json", graphql: "graphql" };

Object.assign(globalThis, {
  MonacoEnvironment: {
    getWorkerUrl: (_module: string, label: string) =>
      `${import.meta.env.BASE_URL}${NAMES[label] ?? "editor"}.worker.js`,
  },
});
