// The build drops comments, and with them the notices that the licences of the bundled packages ask to keep:
// this collects them into one file beside the code.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Plugin } from "vite";

const NOTICE = /^(licen[cs]e|notice|copying)(\.(md|txt))?$/i;

export function licences(): Plugin {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const file of Object.values(bundle)) {
        if (file.type !== "chunk") continue;
        for (const id of Object.keys(file.modules)) {
          const folder = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0];
          if (folder && existsSync(`${folder}/package.json`)) folders.add(folder);
        }
      }
      const texts = new Map<string, string[]>();
      for (const folder of [...folders].sort()) {
        const { name, version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
        const notices = readdirSync(folder)
          .filter((file) => NOTICE.test(file))
          .sort();
        const holder = typeof author === "string" ? author : author?.name;
        const text = notices
          .map((file) => readFileSync(`${folder}/${file}`, "utf8").replaceAll("\r", "").trim())
          .join("\n\n");
        const key = text || `Licence: ${license}${holder ? `. Copyright: ${holder}` : ""}.`;
        texts.set(key, [...(texts.get(key) ?? []), `${name} ${version}`]);
      }
      const source = [...texts]
        .map(([text, names]) => `${names.join(", ")}\n\n${text}\n`)
        .join(`\n${"-".repeat(80)}\n\n`);
      this.emitFile({ type: "asset", fileName: "licences.txt", source });
    },
  };
}
