import { useEffect, useState } from "react";
import { Header } from "./Header";
import { Workbench } from "./Workbench";
import { EXAMPLES, type Example } from "./examples";
import { prepared } from "./prepare";
import { useSession } from "./session";
import { forget, leftTabs, type Tab } from "./tabs";
// In this order: later sheets rely on overriding the earlier.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./page.css";

export type Sample = Example & { role: string; text: string };
type Opening = { visit: number; samples: Sample[]; tabs: Tab[]; active: number };

const ANYONE = "ANYONE";
const FIRST_TABS = 6;

export function App() {
  const { visit, ready, person } = useSession();
  const [opening, setOpening] = useState<Opening | null>(null);

  useEffect(() => {
    if (!ready) return;
    let wanted = true;
    if (visit > 0) forget();
    const roles = person ? person.roles : [ANYONE];
    const chosen = roles.flatMap((role) => (EXAMPLES[role] ?? []).map((example) => ({ ...example, role })));
    void prepared(chosen).then((texts) => {
      if (!wanted) return;
      const samples = chosen.map((example, index) => ({ ...example, text: texts[index] ?? "" }));
      const fresh = samples.slice(0, FIRST_TABS).map(({ query, text }) => ({ query, variables: text }));
      setOpening({ visit, samples, ...(leftTabs() ?? { tabs: fresh, active: 0 }) });
    });
    return () => {
      wanted = false;
    };
  }, [visit, ready, person]);

  return (
    <>
      <Header />
      <main>
        {opening?.visit === visit ? (
          // A new key: GraphiQL starts anew, and asks for the schema of whoever is here now.
          <Workbench key={visit} samples={opening.samples} tabs={opening.tabs} active={opening.active} />
        ) : (
          <p className="waiting">Загрузка…</p>
        )}
      </main>
    </>
  );
}
