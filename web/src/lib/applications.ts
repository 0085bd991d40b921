/** What people call the applications that are installed: "Google Sheets" and not `google_sheets`. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { readingCatalog } from "./api.ts";
import { useMay } from "./session.ts";

/** Answers an application's name; its key where nothing of that key is installed, or while the catalog is on its way: it is large, and asked for where `wanted`. */
export function useApplicationName(wanted = true): (key: string) => string {
  const may = useMay("catalog:read");
  const { data } = useQuery({ ...readingCatalog, enabled: may && wanted });
  return useMemo(() => {
    const names = new Map(data?.connectors.map(({ key, name }) => [key, name]));
    return (key) => names.get(key) ?? key;
  }, [data]);
}
