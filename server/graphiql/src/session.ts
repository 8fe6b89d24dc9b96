// Who is logged in. Tokens live in memory and in sessionStorage, so they last through a reload and end with the tab.
import { useSyncExternalStore } from "react";
import { type Operation, post, read, type Result } from "./http";

type Tokens = { accessToken: string; accessExpiresAt: string; refreshToken: string };
type Refusal = { message?: string };
type Issued = ({ __typename: string } & Tokens & Refusal) | null | undefined;

export type Person = { name: string; roles: string[] };
export type Session = {
  /** Grows with each log-in and log-out: all that was shown before belongs to somebody else. */
  visit: number;
  ready: boolean;
  person: Person | null;
  message: string | null;
};

const KEY = "classbook.session";
const TOKENS = "accessToken accessExpiresAt refreshToken";
const LOG_IN = `mutation LogIn($login: String!, $password: String!, $school: String) {
  logIn(input: {login: $login, password: $password, school: $school}) {
    __typename
    ... on LogInPayload { ${TOKENS} }
    ... on Refusal { code message }
  }
}`;
const REFRESH = `mutation RefreshSession($refreshToken: String!) {
  refreshSession(input: {refreshToken: $refreshToken}) {
    __typename
    ... on RefreshSessionPayload { ${TOKENS} }
    ... on Refusal { code message }
  }
}`;
const LOG_OUT = "mutation LogOut { logOut { __typename } }";
const ME = "query Me { me { name roles } }";

const ENDED = "Сеанс завершён, войдите снова";

let tokens: Tokens | null = restore();
let session: Session = { visit: 0, ready: false, person: null, message: null };
let timer: ReturnType<typeof setTimeout> | undefined;
let refreshing: Promise<void> | undefined;
const listeners = new Set<() => void>();

export function useSession(): Session {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => session,
  );
}

function show(change: Partial<Session>) {
  session = { ...session, ...change };
  for (const listener of listeners) listener();
}

/** On opening the page: takes up the session that a reload left. */
export async function begin() {
  if (!tokens) return show({ ready: true });
  schedule();
  try {
    show({ person: await whoAmI(), ready: true });
  } catch (error) {
    keep(null);
    show({ ready: true, message: session.message ?? reason(error) });
  }
}

export async function logIn(login: string, password: string, school: string) {
  show({ message: null });
  try {
    const result = await read(
      await post({ query: LOG_IN, variables: { login, password, school: school || undefined } }),
    );
    keep(issued(result, result.data?.logIn as Issued));
    show({ person: await whoAmI(), visit: session.visit + 1 });
  } catch (error) {
    keep(null);
    show({ message: reason(error) });
  }
}

export async function logOut() {
  // The page forgets the tokens first: nothing more goes out under them, even when the server cannot be told.
  const left = tokens;
  end(null);
  await post({ query: LOG_OUT }, left?.accessToken).catch(() => undefined);
}

/** The person's own request: refreshed and sent once more when the access token has run out. */
export async function authorised(operation: Operation, accept?: string, signal?: AbortSignal): Promise<Response> {
  const asked = tokens;
  const response = await post(operation, asked?.accessToken, accept, signal);
  if (response.status !== 401 || !asked) return response;
  if (tokens === asked) await refresh();
  return tokens ? post(operation, tokens.accessToken, accept, signal) : response;
}

export const send = async (operation: Operation): Promise<Result> => read(await authorised(operation));

async function whoAmI(): Promise<Person> {
  const result = await send({ query: ME });
  const person = result.data?.me as Person | null | undefined;
  if (!person) throw new Error(result.errors?.[0]?.message ?? ENDED);
  return person;
}

/** Several requests may find the token stale at once; a refresh token works only once. */
function refresh(): Promise<void> {
  refreshing ??= renew().finally(() => (refreshing = undefined));
  return refreshing;
}

async function renew() {
  const used = tokens;
  if (!used) return;
  const result = await read(await post({ query: REFRESH, variables: { refreshToken: used.refreshToken } }));
  if (tokens !== used) return; // logged out, or in as another, while we waited
  try {
    keep(issued(result, result.data?.refreshSession as Issued));
  } catch {
    end(ENDED);
  }
}

function issued(result: Result, answer: Issued): Tokens {
  if (answer?.accessToken) {
    const { accessToken, accessExpiresAt, refreshToken } = answer;
    return { accessToken, accessExpiresAt, refreshToken };
  }
  throw new Error(answer?.message ?? result.errors?.[0]?.message ?? "Сервер не ответил на вход");
}

function end(message: string | null) {
  keep(null);
  show({ person: null, message, visit: session.visit + 1 });
}

function keep(next: Tokens | null) {
  tokens = next;
  if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
  else sessionStorage.removeItem(KEY);
  schedule();
}

function schedule() {
  clearTimeout(timer);
  if (!tokens) return;
  // Half a minute early. A clock that is far wrong must not make us ask all the time; then a 401 refreshes.
  const left = Date.parse(tokens.accessExpiresAt) - Date.now() - 30_000;
  if (Number.isNaN(left)) return;
  timer = setTimeout(() => void refresh().catch(() => undefined), Math.min(Math.max(left, 10_000), 2 ** 31 - 1));
}

function restore(): Tokens | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Tokens | null;
  } catch {
    return null;
  }
}

export const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
