/** What of all runs is shown, as the page's address holds it. */
import type { Status } from "@tenuto/react/core";
import type { Address } from "~/lib/address";

const going = ["pending", "running", "waiting", "paused", "unknown", "compensating"] as const satisfies readonly Status[];
const statuses: ReadonlySet<string> = new Set([...going, "completed", "failed", "cancelled"]);
const lengths: Readonly<Record<string, number>> = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 };
/** Since when, to the minute: the same question then has the same answer for a while. */
const minute = 60_000;

export interface RunFilters {
  readonly status?: Status[];
  readonly workflow_id?: string;
  readonly trigger?: string;
  readonly since?: string;
  readonly search?: string;
  readonly simulated?: boolean;
}

export function filtersOf(address: Address, now: number): RunFilters {
  const { status, workflow, trigger, time, kind, q } = address;
  const length = lengths[time ?? ""];
  return {
    ...(status === "going" ? { status: [...going] } : status && statuses.has(status) ? { status: [status as Status] } : {}),
    ...(workflow ? { workflow_id: workflow } : {}),
    ...(trigger ? { trigger } : {}),
    ...(length ? { since: new Date(Math.floor((now - length) / minute) * minute).toISOString() } : {}),
    ...(kind === "simulated" || kind === "real" ? { simulated: kind === "simulated" } : {}),
    ...(q?.trim() ? { search: q.trim() } : {}),
  };
}

/** The names of the filters that are set. */
export function isFiltered(address: Address): boolean {
  return ["status", "workflow", "trigger", "time", "kind", "q"].some((name) => address[name]);
}

export const none: Address = { status: undefined, workflow: undefined, trigger: undefined, time: undefined, kind: undefined, q: undefined };
