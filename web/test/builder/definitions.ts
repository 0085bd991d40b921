/** Workflows that tests read: all examples, and the definitions of all traces. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { JsonObject } from "~/features/builder/model/index.ts";

const root = join(import.meta.dirname, "../../..");

function files(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder)).filter((name) => name.endsWith(ending)).map((name) => join(root, folder, name));
}

export const examples: [string, JsonObject][] = files("examples", ".yaml").map((path) => [path, parse(readFileSync(path, "utf8")) as JsonObject]);

export const traces: [string, JsonObject][] = files("spec/traces", ".json").flatMap((path): [string, JsonObject][] => {
  const trace = JSON.parse(readFileSync(path, "utf8")) as { definition?: JsonObject };
  return trace.definition === undefined ? [] : [[path, trace.definition]];
});

/** A map whose body holds a loop: three scopes. */
export const nested: JsonObject = {
  id: "w",
  name: "Nested",
  startNode: "first",
  nodes: [
    { id: "first", type: "transform", config: { value: [1, 2] }, position: { x: 0, y: 0 } },
    {
      id: "each",
      type: "map",
      config: {
        items: "{{ nodes.first.output }}",
        body: {
          startNode: "again",
          nodes: [
            { id: "again", type: "loop", config: { until: "{{ true }}", body: { startNode: "x", nodes: [{ id: "x", type: "transform", config: { value: 1 } }] } } },
            { id: "after", type: "transform", config: { value: "{{ nodes.again.output }}" } },
          ],
          edges: [{ from: "again", to: "after" }],
        },
      },
    },
  ],
  edges: [{ from: "first", to: "each" }],
  triggers: [{ id: "t", type: "webhook" }],
  settings: { timeout: "PT1H" },
};
