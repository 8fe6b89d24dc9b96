// Prettier formats JSON through its JavaScript parser (540 kB). `jsonc-parser`, which GraphiQL brings anyway, does it
// too and keeps comments. GraphQL itself is still formatted by Prettier.
import { applyEdits, format as edits } from "jsonc-parser";

export const printers = {};
export const parsers = {};
export const format = async (text: string) =>
  applyEdits(text, edits(text, undefined, { insertSpaces: true, tabSize: 2 }));
