import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useEffect, useState } from "react";
import type { Sample } from "./App";
import { fetcher } from "./fetcher";
import { roleName } from "./roles";
import { openStorage, type Tab } from "./tabs";

type Props = { samples: Sample[]; tabs: Tab[]; active: number };

export function Workbench({ samples, tabs, active }: Props) {
  const [{ storage, close }] = useState(openStorage);
  useEffect(() => () => void close(), [close]);
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      defaultTabs={tabs}
      defaultQuery=""
      visiblePlugin={DOC_EXPLORER_PLUGIN}
      defaultEditorToolsVisibility
      isHeadersEditorEnabled={false}
      showPersistHeadersSettings={false}
      forcedTheme="system"
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <Examples samples={samples} active={active} />
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

/** Sits where GraphiQL puts its logo: right of the tabs, and inside its context. */
function Examples({ samples, active }: Omit<Props, "tabs">) {
  const { addTab, changeTab, setTheme, updateActiveTabValues } = useGraphiQLActions();
  const { queryEditor, variableEditor, tabs } = useGraphiQL(({ queryEditor, variableEditor, tabs }) => ({
    queryEditor,
    variableEditor,
    tabs,
  }));

  // GraphiQL opens the first tab, and leaves its variables out: changing to a tab fills both.
  const editorsReady = Boolean(queryEditor && variableEditor);
  useEffect(() => {
    if (editorsReady) changeTab(active);
  }, [editorsReady, active, changeTab]);

  // The page follows the system by itself; the editor has to be told.
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setTheme(null);
    dark.addEventListener("change", follow);
    return () => dark.removeEventListener("change", follow);
  }, [setTheme]);

  function open({ query, text }: Sample) {
    const opened = tabs.findIndex((tab) => tab.query === query);
    if (opened >= 0) changeTab(opened);
    else addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(text);
    updateActiveTabValues({ query, variables: text });
  }

  const roles = [...new Set(samples.map(({ role }) => role))];
  return (
    <select
      className="examples"
      aria-label="Примеры запросов"
      data-testid="examples"
      value=""
      onChange={({ target }) => {
        const sample = samples[Number(target.value)];
        if (sample) open(sample);
      }}
    >
      <option value="">Примеры</option>
      {roles.map((role) => (
        <optgroup key={role} label={role === "ANYONE" ? "Без входа" : roleName(role)}>
          {samples.map(
            (sample, index) =>
              sample.role === role && (
                <option key={index} value={index}>
                  {sample.title}
                </option>
              ),
          )}
        </optgroup>
      ))}
    </select>
  );
}
