import { defineConfig, type Plugin } from "vite";
import { fileURLToPath } from "node:url";
const here = (p: string) => fileURLToPath(new URL(p, import.meta.url));
const sizes: Plugin = { name: "sizes", generateBundle(_, bundle) {
  for (const c of Object.values(bundle)) if (c.type === "chunk") {
    const g: Record<string, number> = {};
    for (const [id, m] of Object.entries(c.modules)) {
      const k = id.replace(/.*node_modules\//, "").replace(/^(monaco-editor\/esm\/vs\/\w+\/(?:\w+\/)?(?:[\w]+\/)?(?:[\w]+)?).*/, "$1").replace(/^((?!monaco-editor)(@[^/]+\/)?[^/]+).*/, "$1");
      g[k] = (g[k] ?? 0) + m.renderedLength;
    }
    console.log("##", c.fileName, c.code.length, c.imports.join(","));
    if (process.env.SIZES) for (const [k, v] of Object.entries(g).sort((a, b) => b[1] - a[1]).slice(0, 45)) console.log("   ", v, k);
  }
}};
export default defineConfig({
  root: here("."),
  base: "/graphiql/",
  plugins: [
    { name: "slim", enforce: "pre", resolveId(source, importer) {
      if (source === "monaco-graphql/esm/monaco-editor.js" || (source.startsWith("./monaco-editor") && importer?.includes("/monaco-graphql/"))) return here("src/monaco.ts");
    } },
    sizes],
  html: { cspNonce: "{{nonce}}" },
  build: {
    modulePreload: false, cssCodeSplit: false, assetsInlineLimit: 0, target: "es2022",
    chunkSizeWarningLimit: 5000,
    rollupOptions: {
      input: { main: here("index.html"), "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js", "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js", "graphql.worker": "monaco-graphql/esm/graphql.worker.js" },
      output: { entryFileNames: "[name].js", chunkFileNames: "[name].js", assetFileNames: "[name][extname]" },
    },
  },
});
