/** Lists that come page by page. */

/** Everything, page after page; `page` asks for the one that begins at the cursor and says where the next one does. */
export async function everything<Item>(
  page: (cursor: string | undefined) => Promise<{ readonly items: readonly Item[]; readonly next?: string | null | undefined }>,
): Promise<Item[]> {
  const found: Item[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    found.push(...items);
    cursor = next ?? undefined;
  } while (cursor);
  return found;
}
