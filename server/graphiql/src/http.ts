// One POST to the server, with no idea of who asks.

export type Operation = { query: string; variables?: unknown; operationName?: string | null };

export type Result = {
  data?: Record<string, unknown> | null;
  errors?: readonly { message: string; extensions?: { code?: string } }[];
};

const JSON_TYPES = "application/graphql-response+json, application/json;q=0.9";

export async function post(operation: Operation, token?: string, accept = JSON_TYPES, signal?: AbortSignal) {
  const headers: Record<string, string> = { "Content-Type": "application/json", Accept: accept };
  if (token) headers.Authorization = `Bearer ${token}`;
  try {
    return await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(operation), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("Нет связи с сервером");
  }
}

export async function read(response: Response): Promise<Result> {
  try {
    return (await response.json()) as Result;
  } catch {
    throw new Error(`Сервер ответил не по-GraphQL: ${response.status} ${response.statusText}`.trim());
  }
}
