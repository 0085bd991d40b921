/** How many requests wait for this person, for the mark at Approvals. */
import { useQuery } from "@tanstack/react-query";
import { reading } from "~/lib/api";
import { useMay } from "~/lib/session";

const most = 100;

export function usePendingApprovals(): number {
  const may = useMay("approval:decide");
  const { data } = useQuery({
    ...reading("GET /api/approvals", { query: { whose: "mine", state: "open", limit: most } }),
    enabled: may,
    refetchInterval: 30_000,
  });
  return data?.approvals.length ?? 0;
}
