// Swaps modules that are large and not needed for small ones of ours.
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const ours = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const SWAPS: { source: RegExp; importer?: RegExp; by: string }[] = [
  { source: /^monaco-graphql\/esm\/monaco-editor\.js$/, by: "src/monaco.ts" },
  { source: /^\.\/monaco-editor$/, importer: /\/monaco-graphql\/esm\//, by: "src/monaco.ts" },
  {
    source: /\/(diffEditorWidget|multiDiffEditorWidget|standaloneQuickInputService)\.js$/,
    by: "stubs/monaco-absent.ts",
  },
  { source: /^framer-motion$/, by: "stubs/framer-motion.tsx" },
  { source: /^prettier\//, importer: /\/utility\/jsonc\.js$/, by: "stubs/prettier-json.ts" },
];

export function slim(): Plugin {
  return {
    name: "slim",
    enforce: "pre",
    resolveId(source, importer = "") {
      const swap = SWAPS.find((swap) => swap.source.test(source) && (swap.importer?.test(importer) ?? true));
      return swap && ours(swap.by);
    },
  };
}
