// What GraphiQL remembers (tabs, history, sizes of its panes) stays in sessionStorage: a school's computer has many
// users, and variables may name pupils. Log-in and log-out forget all but the sizes.

export type Tab = { query: string; variables: string };

const TABS = "graphiql:tabState";
const LAYOUT = /^graphiql:(\w+Flex|visiblePlugin)$/;
// GraphiQL would rather open these than the tab that was active, and without its variables.
const IGNORED = new Set([TABS, "graphiql:query", "graphiql:variables"]);

// GraphiQL would give a quarter of the page to the documentation.
const DEFAULTS: Record<string, string> = { "graphiql:docExplorerFlex": "0.28" };

const keys = () => Object.keys(sessionStorage).filter((key) => key.startsWith("graphiql:"));

export function forget() {
  for (const key of keys()) if (!LAYOUT.test(key)) sessionStorage.removeItem(key);
}

/** A GraphiQL that was taken away may still write, half a second late: by then its storage is closed. */
export function openStorage() {
  let open = true;
  const storage = {
    get length() {
      return keys().length;
    },
    getItem: (key: string) => (IGNORED.has(key) ? null : (sessionStorage.getItem(key) ?? DEFAULTS[key] ?? null)),
    setItem: (key: string, value: string) => open && sessionStorage.setItem(key, value),
    removeItem: (key: string) => open && sessionStorage.removeItem(key),
    clear: forget,
  };
  return { storage, close: () => (open = false) };
}

/** The tabs that a reload left. */
export function leftTabs(): { tabs: Tab[]; active: number } | null {
  try {
    const { tabs, activeTabIndex } = JSON.parse(sessionStorage.getItem(TABS) ?? "");
    if (!tabs.length) return null;
    return {
      tabs: tabs.map((tab: Partial<Tab>) => ({ query: tab.query ?? "", variables: tab.variables ?? "" })),
      active: activeTabIndex,
    };
  } catch {
    return null;
  }
}
