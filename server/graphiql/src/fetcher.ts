// How GraphiQL sends what is in its editor: queries and mutations as JSON, subscriptions as a stream of events.
import type { Fetcher, Observable } from "@graphiql/toolkit";
import { getOperationAST, parse } from "graphql";
import type { ExecutionResult } from "graphql";
import { type Operation, read } from "./http";
import { authorised, reason, send } from "./session";

export const fetcher: Fetcher = ({ query, variables, operationName: chosen }) => {
  // GraphiQL remembers the name and the document of the tab before for a moment after the text has changed: a fast hand
  // must meet neither.
  const operationName = chosen && new RegExp(`\\b${chosen}\\b`).test(query) ? chosen : undefined;
  const operation: Operation = { query, variables, operationName };
  if (isSubscription(operation)) return subscription(operation);
  return send(operation).catch(failed) as Promise<ExecutionResult>;
};

function isSubscription({ query, operationName }: Operation): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false; // what is no query the server refuses, and says where
  }
}

// A thrown error would be shown with its stack.
const failed = (error: unknown) => ({ errors: [{ message: reason(error) }] }) as unknown as ExecutionResult;

function subscription(operation: Operation): Observable<ExecutionResult> {
  return {
    subscribe(observer) {
      const { next, complete } = observer as { next(result: ExecutionResult): void; complete(): void };
      const stop = new AbortController();
      listen(operation, stop.signal, next)
        .catch((error: unknown) => stop.signal.aborted || next(failed(error)))
        .finally(complete);
      return { unsubscribe: () => stop.abort() };
    },
  };
}

async function listen(operation: Operation, signal: AbortSignal, next: (result: ExecutionResult) => void) {
  const response = await authorised(operation, "text/event-stream", signal);
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream"))
    return next((await read(response)) as ExecutionResult);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let part; !(part = await reader.read()).done;) {
    const blocks = (text + part.value).split(/\r?\n\r?\n/);
    text = blocks.pop()!;
    // Heartbeats and "complete" carry nothing; the server closes the stream itself.
    for (const block of blocks) {
      const data = /^event: *next\r?$/m.test(block) && /^data: *(.+)$/m.exec(block)?.[1];
      if (data) next(JSON.parse(data) as ExecutionResult);
    }
  }
}
