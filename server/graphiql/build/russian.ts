// Puts Russian words into GraphiQL and monaco while they are bundled. GraphiQL has no translations at all; monaco's own
// would load as one table of every message it has. A phrase of ours that is no longer found stops the build, so a new
// version of GraphiQL cannot bring English back unnoticed.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { PHRASES } from "./phrases.ts";

const MONACO = fileURLToPath(new URL("../node_modules/monaco-editor/", import.meta.url));
const TEXT = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'`;
const MESSAGE = new RegExp(String.raw`\b(localize2?\()(?:\{[^{}]*\}|${TEXT}),\s*(${TEXT})`, "g");

// Settings, colours and context keys carry long descriptions for a settings page that is not here.
const NEVER_SHOWN = /\/(editorOptions|editor\w+(Schema|Keys|Registry)|contextkeys|configurationRegistry|colors\/\w+)\.js$/;

const unquote = (literal: string): string => Function(`return ${literal}`)();

/** English -> Russian, from the two builds that monaco ships: one names each message by number, one lists them. */
function monacoMessages(): Map<string, string> {
  const script = readFileSync(`${MONACO}dev/vs/nls.messages.ru.js`, "utf8");
  const russian: string[] = JSON.parse(/_VSCODE_NLS_MESSAGES=(\[.*\]);/s.exec(script)![1]!);
  const built = readFileSync(`${MONACO}dev/vs/editor/editor.main.js`, "utf8");
  const messages = new Map<string, string>();
  for (const [, index, text] of built.matchAll(new RegExp(String.raw`\blocalize2?\((\d+), (${TEXT})`, "g")))
    messages.set(unquote(text!), russian[Number(index)]!);
  return messages;
}

export function inRussian(): Plugin {
  const messages = monacoMessages();
  const missing = new Set(
    Object.entries(PHRASES).flatMap(([file, pairs]) => pairs.map(([english]) => `${file}: ${english}`)),
  );
  return {
    name: "in-russian",
    enforce: "pre",
    transform(code, id) {
      if (id.startsWith(`${MONACO}esm/`)) {
        const hidden = NEVER_SHOWN.test(id);
        const translated = code.replace(MESSAGE, (_all, call: string, text: string, at: number) => {
          const english = unquote(text);
          const lineSoFar = code.slice(code.lastIndexOf("\n", at) + 1, at);
          if ((hidden && english.length > 25) || /\b(registerColor|RawContextKey)\(/.test(lineSoFar))
            return `${call}0, ""`;
          return `${call}0, ${JSON.stringify(messages.get(english) ?? english)}`;
        });
        return translated === code ? null : { code: translated, map: null };
      }
      let changed = code;
      for (const [file, pairs] of Object.entries(PHRASES)) {
        if (!id.endsWith(`/node_modules/${file}`)) continue;
        for (const [english, russian] of pairs) {
          if (!changed.includes(english)) continue;
          changed = changed.replaceAll(english, russian);
          missing.delete(`${file}: ${english}`);
        }
      }
      return changed === code ? null : { code: changed, map: null };
    },
    buildEnd(error) {
      if (!error && missing.size) this.error(`Phrases not found:\n${[...missing].join("\n")}`);
    },
  };
}
