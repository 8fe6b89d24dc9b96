// Monaco and the pop-ups of GraphiQL make <style> elements as they run. The policy lets in only those that carry the
// nonce of this very page, so each new one is given it. Must be imported before anything that makes one.
const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
const createElement = document.createElement;

document.createElement = function (this: Document, name: string, options?: ElementCreationOptions) {
  const element = createElement.call(this, name, options);
  if (element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
} as typeof document.createElement;
