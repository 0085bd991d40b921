/** A watched run loses and doubles nothing, whatever happens to its connections. */
import { afterEach, describe, expect, it } from "vitest";
import { Client } from "../src/core/client.ts";
import { finished } from "../src/core/finished.ts";
import type { MonitorUpdate } from "../src/core/kept.ts";
import { backOff } from "../src/core/patience.ts";
import type { Problem } from "../src/core/problem.ts";
import { type StreamOptions, type StreamState, watch } from "../src/core/stream.ts";
import { type Answering, type Double, begin, json, send, serve } from "./server.ts";

let double: Double;
afterEach(() => double.close());

interface Seen {
  readonly updates: MonitorUpdate[];
  readonly states: StreamState[];
  readonly problems: (Problem | null)[];
  readonly end: "ended" | "failed" | null;
}

async function watched(answering: Answering, options: Partial<StreamOptions> = {}): Promise<Seen> {
  double = await serve(answering);
  const [updates, states, problems]: [MonitorUpdate[], StreamState[], (Problem | null)[]] = [[], [], []];
  const stream = watch(new Client({ baseUrl: double.url }), "r", {
    onUpdate: (update) => updates.push(update),
    onState: (state, problem) => {
      states.push(state);
      problems.push(problem);
    },
    ...options,
  });
  return { updates, states, problems, end: await stream.done };
}

const seqs = (seen: Seen): (number | undefined)[] => seen.updates.map(({ seq }) => seq);
const lastEventIds = (): unknown[] => double.asked.map(({ headers }) => headers["last-event-id"]);

describe("watching a run", () => {
  it("tells every event and ends with the run", async () => {
    const seen = await watched((_, response) => {
      begin(response);
      send(response, 1, "workflow_started");
      send(response, 2, "workflow_completed", { results: {} });
      response.end();
    });
    expect(seqs(seen)).toEqual([1, 2]);
    expect(seen.states).toEqual(["connecting", "live", "ended"]);
    expect(double.asked[0]?.query.get("execution_id")).toBe("r");
  });

  it("goes on after the last event that was seen when the connection is cut in the middle of one", async () => {
    const seen = await watched((_, response, nth) => {
      begin(response);
      if (nth === 0) {
        send(response, 1, "workflow_started");
        response.write('id: 2\ndata: {"type":"node_st', () => response.destroy());
        return;
      }
      send(response, 2, "node_started", { node_id: "a" });
      send(response, 3, "workflow_completed");
      response.end();
    });
    expect(seqs(seen)).toEqual([1, 2, 3]);
    expect(seen.states).toEqual(["connecting", "live", "reconnecting", "live", "ended"]);
    expect(lastEventIds()).toEqual([undefined, "1"]);
  });

  it("waits out a server that is restarted", async () => {
    const seen = await watched((_, response, nth) => {
      if (nth === 1) return json(response, { success: false, error: "Starting.", type: "https://tenuto.dev/problems/unavailable" }, 503);
      begin(response);
      if (nth === 0) {
        send(response, 1, "workflow_started");
        response.end();
        return;
      }
      send(response, 2, "workflow_completed");
      response.end();
    });
    expect(seqs(seen)).toEqual([1, 2]);
    expect(seen.problems.find((problem) => problem !== null)?.type).toBe("unavailable");
  });

  it("takes a connection on which nothing is heard for dead", async () => {
    const seen = await watched(
      (_, response, nth) => {
        begin(response);
        if (nth === 0) return;
        send(response, 1, "workflow_completed");
        response.end();
      },
      { silence: 100 },
    );
    expect(seqs(seen)).toEqual([1]);
    expect(double.asked).toHaveLength(2);
  });

  it("is kept alive by comments, and renews a connection that has become old", async () => {
    const seen = await watched(
      (_, response, nth) => {
        begin(response);
        if (nth === 0) {
          const beat = setInterval(() => response.write(": still here\n\n"), 40);
          response.on("close", () => clearInterval(beat));
          return;
        }
        send(response, 1, "workflow_completed");
        response.end();
      },
      { silence: 200, life: 600 },
    );
    expect(seen.end).toBe("ended");
    expect(double.asked).toHaveLength(2);
  });

  it("ends at 204", async () => {
    const seen = await watched((_, response) => void response.writeHead(204).end(), { after: 9 });
    expect(seen.end).toBe("ended");
    expect(lastEventIds()).toEqual(["9"]);
  });

  it("gives up where the answer is a refusal, and says which", async () => {
    const seen = await watched((_, response) =>
      json(response, { success: false, error: "There is no such run.", type: "https://tenuto.dev/problems/not-found" }, 404),
    );
    expect(seen.end).toBe("failed");
    expect(seen.problems.at(-1)).toMatchObject({ type: "not-found", status: 404, message: "There is no such run." });
    expect(double.asked).toHaveLength(1);
  });

  it("gives up where the answer is another site's page", async () => {
    const seen = await watched((_, response) => void response.writeHead(200, { "Content-Type": "text/html" }).end("<html>"));
    expect(seen.end).toBe("failed");
    expect(seen.problems.at(-1)?.type).toBe("unexpected-answer");
  });

  it("shows a run that is taken up again after it had failed to its real end", async () => {
    const seen = await watched((_, response) => {
      begin(response);
      send(response, 1, "workflow_failed", { error: "No." });
      send(response, 2, "workflow_resumed", { by: "Ada", reopens: true });
      send(response, 3, "workflow_completed");
      response.end();
    });
    expect(seqs(seen)).toEqual([1, 2, 3]);
    expect(seen.end).toBe("ended");
  });

  it("passes on what is transient, without a place in the log, and passes over what it cannot read", async () => {
    const seen = await watched((_, response) => {
      begin(response);
      response.write('data: {"type":"node_progress","data":{"kind":"token"},"timestamp":""}\n\ndata: {nonsense\n\ndata: 7\n\n');
      send(response, 1, "workflow_completed");
      response.end();
    });
    expect(seqs(seen)).toEqual([undefined, 1]);
  });

  it("begins anew where the server's log is another one than was seen", async () => {
    let restarts = 0;
    const seen = await watched(
      (_, response) => {
        begin(response);
        send(response, 1, "workflow_started");
        send(response, 2, "workflow_completed");
        response.end();
      },
      { after: 50, onRestart: () => (restarts += 1) },
    );
    expect(seqs(seen)).toEqual([1, 2]);
    expect(restarts).toBe(1);
  });

  it("closes at once and says nothing more", async () => {
    double = await serve((_, response) => begin(response));
    const states: StreamState[] = [];
    const stream = watch(new Client({ baseUrl: double.url }), "r", {
      onUpdate: () => undefined,
      onState: (state) => {
        states.push(state);
        if (state === "live") stream.close();
      },
    });
    expect(await stream.done).toBeNull();
    expect(states).toEqual(["connecting", "live"]);
  });
});

describe("the end of a run", () => {
  it("is the run as it stands then", async () => {
    double = await serve((asked, response) => {
      if (asked.path.endsWith("/executions")) return json(response, { success: true, execution: { id: "r", status: "completed" } });
      begin(response);
      send(response, 1, "workflow_completed");
      response.end();
    });
    expect(await finished(new Client({ baseUrl: double.url }), "r")).toMatchObject({ status: "completed" });
  });

  it("is an abort for who leaves before", async () => {
    double = await serve((_, response) => begin(response));
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 50);
    await expect(finished(new Client({ baseUrl: double.url }), "r", leaving.signal)).rejects.toThrow(/abort/i);
  });
});

describe("the back-off", () => {
  it("doubles, stays below thirty seconds, and is at least half by rule", () => {
    expect([1, 2, 3].map((attempt) => backOff(attempt, 1_000, () => 1))).toEqual([1_000, 2_000, 4_000]);
    expect(backOff(100, 1_000, () => 1)).toBe(30_000);
    expect(backOff(1, 1_000, () => 0)).toBe(500);
  });
});
