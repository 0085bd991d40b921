/** What parts of the house say by themselves: around a value that is shown. */
import { quantity } from "~/lib/format";

export const value = {
  shapes: { tree: "Tree", table: "Table", text: "Text", raw: "Raw" },
  shapeLabel: "How the value is shown",
  large: (size: string) => `This value has ${size} and is kept beside the log.`,
  load: (size: string) => `Load ${size}`,
  loading: "Loading",
  download: "Download",
  preview: "How it begins",
  tooLarge: "Too large to be shown here. Download it.",
  find: "Find in the value",
  hits: (count: number) => (count === 0 ? "Not found" : quantity(count, "line")),
  copy: "Copy the value",
  rows: (shown: number, total: number) => `${shown} of ${quantity(total, "row")}`,
} as const;

export const longText = { more: "Show all of it", less: "Show less" } as const;
