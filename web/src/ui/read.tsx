/** What was asked of the server, or what stands in its place: loading, wrong, not allowed. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { ErrorState, Loading, NoPermission } from "./states.tsx";

export interface ReadProps<Data> {
  query: UseQueryResult<Data>;
  /** What is read, for those who may not: "connections". */
  what: string;
  /** The permission that it needs. */
  needs: string;
  children: (data: Data) => ReactNode;
}

/** What a failure of the API says of itself. */
interface Told {
  readonly message: string;
  readonly status?: number;
  readonly fix?: string | null;
  readonly instance?: string | null;
}

/** Shows old data while newer is asked for; an error only where there is nothing to show. */
export function Read<Data>({ query, what, needs, children }: ReadProps<Data>): ReactElement {
  const { data, error } = query;
  if (data !== undefined) return <>{children(data)}</>;
  if (!error) {
    return (
      <div className="p-4">
        <Loading />
      </div>
    );
  }
  return <Failed error={error} what={what} needs={needs} onRetry={() => void query.refetch()} />;
}

/** Not allowed, or what went wrong with what to do about it. */
export function Failed({ error, what, needs, onRetry }: { error: Error; what: string; needs: string; onRetry: () => void }): ReactElement {
  const told: Told = error;
  if (told.status === 403) return <NoPermission what={what} needs={needs} />;
  return <ErrorState message={told.message} fix={told.fix} instance={told.instance} onRetry={onRetry} />;
}
