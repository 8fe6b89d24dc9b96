// Builds the page into dist/, which is committed: the server needs Python only. File names carry no hash, so that git
// shows changed files and not renamed ones; the server sends an ETag with each.
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { groups, WORKERS } from "./build/chunks.ts";
import { licences } from "./build/licences.ts";
import { inRussian } from "./build/russian.ts";
import { slim } from "./build/slim.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "/graphiql/",
  plugins: [slim(), inRussian(), react(), licences()],
  // The server puts a fresh nonce here with each answer.
  html: { cspNonce: "{{nonce}}" },
  build: {
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    // Fonts and images stay files: `font-src` need not allow data: addresses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 3000,
    rolldownOptions: {
      // Workers are entries of this same build, so that they share modules with the page (Vite's own way bundles each
      // apart, with a second copy of graphql and of monaco's core).
      input: { main: here("index.html"), ...WORKERS },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
        codeSplitting: { groups },
      },
    },
  },
});
