/** What is wrong with the document, asked of the server a moment after each edit. */
import { useEffect, useState } from "react";
import type { JsonValue } from "@tenuto/react/core";
import { call } from "~/lib/api";
import { type Document, type Issue, placed, type Problem, write } from "../model/index.ts";

const rest = 150;

export function useProblems(document: Document, ready: boolean): readonly Problem[] {
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  useEffect(() => {
    if (!ready) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      call("POST /api/workflows/validate", { body: { workflow: write(document) as JsonValue }, signal: abort.signal })
        .then((answer) => setProblems(placed(document, answer.issues as readonly Issue[])))
        .catch(() => undefined); // Without an answer the last one stands; that the server is silent is said above every page.
    }, rest);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [document, ready]);
  return problems;
}
