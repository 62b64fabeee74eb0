// A client for one workspace: every call is checked against the contract when it is compiled.
import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";

export interface Access {
  /** Where the API is, as in `https://clips.example.com`. */
  baseUrl: string;
  /** An access token or an API token. */
  token: string;
  /** For tokens of a person who belongs to several workspaces. */
  workspaceId?: string;
}

export function connect({ baseUrl, token, workspaceId }: Access): Client<paths> {
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  if (workspaceId !== undefined) headers["X-Workspace-Id"] = workspaceId;
  return createClient<paths>({ baseUrl, headers });
}
