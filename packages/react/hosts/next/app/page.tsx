/** A server component: what it asks itself it asks with the key, and what lives in the browser are client components. */
import { Client } from "@tenuto/react/core";
import { Places } from "./shared/places.tsx";
import { Runs } from "./shared/runs.tsx";
import { workflow } from "./shared/workflow.ts";

export const dynamic = "force-dynamic";

export default async function Page() {
  const { TENUTO_URL = "", TENUTO_KEY = "" } = process.env;
  const server = new Client({ baseUrl: TENUTO_URL, apiKey: TENUTO_KEY });
  const { kinds } = await server.call("GET /api/catalog");
  return (
    <>
      <p>The server knows {kinds.length} kinds of nodes.</p>
      <Runs workflow={workflow} />
      <Places workflow={workflow} />
    </>
  );
}
