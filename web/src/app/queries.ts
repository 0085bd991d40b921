/** How answers of the server are kept: what may be asked again, and what a refusal means for the whole app. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { Problem, isSignedOut } from "~/lib/api";
import { noteFailure, noteSuccess } from "~/lib/reachability";
import { meKey } from "~/lib/session";

/** Nobody is signed in any more: the shell then leads to the sign-in page, and back. */
function heard(error: Error): void {
  noteFailure(error);
  if (isSignedOut(error)) queries.setQueryData(meKey, null);
}

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: heard, onSuccess: noteSuccess }),
  mutationCache: new MutationCache({ onError: heard, onSuccess: noteSuccess }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // The transport has tried an unreachable server once more already.
      retry: (failures, error) => failures < 2 && error instanceof Problem && error.retryable && error.type !== "unreachable",
    },
    mutations: { networkMode: "always" },
  },
});
