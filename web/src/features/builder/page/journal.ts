/** What is not on the server yet, kept in this browser with the steps that can be undone: it survives a reload and a crash. */
import { draftsDatabase } from "~/lib/kept-here";
import type { History, JsonObject, Op } from "../model/index.ts";

export interface Entry {
  readonly workflow: string;
  readonly tab: string;
  readonly at: number;
  /** The revision of the server's draft that the ops come after, and that draft. */
  readonly rev: number;
  readonly base: JsonObject;
  readonly pending: readonly Op[];
  readonly history: History;
}

const table = "entries";
/** Without locks a tab is taken for gone when it has written nothing for this long. */
const silence = 5_000;

/** The tab's own name, which a reload keeps. */
export function tabName(): string {
  try {
    const known = sessionStorage.getItem("tenuto.tab");
    const made = known ?? crypto.getRandomValues(new Uint32Array(2)).join("-");
    sessionStorage.setItem("tenuto.tab", made);
    return made;
  } catch {
    return "only";
  }
}

/** Holds the tab's name for as long as it lives, so that others know its entries are not theirs. */
export function holdTab(tab: string): () => void {
  const end = new AbortController();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  navigator.locks?.request(lockName(tab), { signal: end.signal }, () => held).catch(() => undefined);
  return () => {
    release();
    end.abort();
  };
}

export async function keepEntry(entry: Entry): Promise<void> {
  await run("readwrite", (store) => store.put(entry, keyOf(entry.workflow, entry.tab)));
}

export async function dropEntry(workflow: string, tab: string): Promise<void> {
  await run("readwrite", (store) => store.delete(keyOf(workflow, tab)));
}

/** This tab's entry, else the newest of a tab that is gone. */
export async function findEntry(workflow: string, tab: string): Promise<Entry | undefined> {
  const all = (await run("readonly", (store) => store.getAll(IDBKeyRange.bound(keyOf(workflow, ""), keyOf(workflow, "\uFFFF"))))) as Entry[];
  const own = all.find((entry) => entry.tab === tab);
  if (own !== undefined) return own;
  const alive = await livingTabs();
  const orphans = all.filter((entry) => (alive === null ? Date.now() - entry.at > silence : !alive.has(lockName(entry.tab))));
  return orphans.filter((entry) => entry.pending.length > 0).toSorted((one, other) => other.at - one.at)[0];
}

async function livingTabs(): Promise<Set<string> | null> {
  if (navigator.locks === undefined) return null;
  const { held = [], pending = [] } = await navigator.locks.query();
  return new Set([...held, ...pending].map((lock) => lock.name ?? ""));
}

function lockName(tab: string): string {
  return `tenuto-tab-${tab}`;
}

function keyOf(workflow: string, tab: string): [string, string] {
  return [workflow, tab];
}

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(draftsDatabase, 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(table));
    request.addEventListener("success", () => {
      // Somebody signs out: whoever holds it open would keep it from being deleted.
      request.result.addEventListener("versionchange", () => {
        request.result.close();
        opened = undefined;
      });
      resolve(request.result);
    });
    request.addEventListener("error", () => reject(request.error ?? new Error("IndexedDB is refused")));
  });
  return opened;
}

async function run<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const store = (await database()).transaction(table, mode).objectStore(table);
  return new Promise((resolve, reject) => {
    const request = ask(store);
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("IndexedDB failed")));
  });
}
