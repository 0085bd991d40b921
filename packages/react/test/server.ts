/** A server of Tenuto's routes on the loopback, played by the test: real HTTP, real streams, real connections that are cut. */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answering = (asked: Asked, response: ServerResponse, nth: number) => void | Promise<void>;

export interface Double {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** Serve; `nth` counts the requests from 0. */
export async function serve(answering: Answering): Promise<Double> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const url = new URL(request.url ?? "/", "http://double");
      const { method = "GET", headers } = request;
      asked.push({ method, path: url.pathname, query: url.searchParams, headers, body });
      // What the page of a test is in a browser's eyes: another origin.
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.setHeader("Access-Control-Allow-Headers", "*");
      response.setHeader("Access-Control-Allow-Methods", "*");
      if (method === "OPTIONS") {
        asked.pop();
        response.writeHead(204).end();
        return;
      }
      return answering(asked.at(-1)!, response, asked.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => close(server) };
}

/** Answer with JSON. */
export function json(response: ServerResponse, value: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(value));
}

/** Begin a stream, as the server does. */
export function begin(response: ServerResponse, retry = 5): void {
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
  response.write(`retry: ${retry}\ndata: {"type":"connected","execution_id":"r","timestamp":"2026-03-01T12:00:00Z"}\n\n`);
}

/** Send one event of the log. */
export function send(response: ServerResponse, seq: number, type: string, data: object = {}): void {
  response.write(`id: ${seq}\ndata: ${JSON.stringify({ type, data, timestamp: `2026-03-01T12:00:0${seq % 10}Z` })}\n\n`);
}

async function read(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
