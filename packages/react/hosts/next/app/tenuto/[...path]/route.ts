/** Passes calls on to Tenuto and says who is calling; a browser never holds the key. */

const passed = ["accept", "content-type", "idempotency-key", "if-match", "if-none-match", "last-event-id"];
const returned = ["cache-control", "content-type", "etag", "retry-after"];

async function pass(request: Request): Promise<Response> {
  // What this application would ask of its own signed-in people is asked here; other people's pages have no business with it.
  if (request.headers.get("sec-fetch-site") !== "same-origin") return new Response(null, { status: 403 });
  const { pathname, search } = new URL(request.url);
  const headers = picked(request.headers, passed);
  headers.set("authorization", `Bearer ${process.env["TENUTO_KEY"]}`);
  const body = request.method === "GET" ? null : await request.arrayBuffer();
  const address = process.env["TENUTO_URL"] + pathname.replace(/^\/tenuto/, "") + search;
  try {
    const answer = await fetch(address, { method: request.method, headers, body, signal: request.signal, cache: "no-store" });
    return new Response(answer.body, { status: answer.status, headers: picked(answer.headers, returned) });
  } catch {
    return Response.json({ success: false, error: "Tenuto cannot be reached." }, { status: 502 });
  }
}

function picked(from: Headers, names: readonly string[]): Headers {
  const found = new Headers();
  for (const name of names) {
    const value = from.get(name);
    if (value !== null) found.set(name, value);
  }
  return found;
}

export { pass as DELETE, pass as GET, pass as PATCH, pass as POST, pass as PUT };
