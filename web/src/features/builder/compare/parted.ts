/** Two texts with what both begin and end with set apart from what is different. */

export interface Parted {
  readonly start: string;
  readonly before: string;
  readonly after: string;
  readonly end: string;
}

/** Cut between whole words, so that what is marked can be read. */
export function parted(before: string, after: string): Parted {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  while (start > 0 && isWord(before[start - 1]) && (isWord(before[start]) || isWord(after[start]))) start -= 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  while (end > 0 && isWord(before[before.length - end]) && (isWord(before[before.length - end - 1]) || isWord(after[after.length - end - 1]))) end -= 1;
  return { start: before.slice(0, start), before: before.slice(start, before.length - end), after: after.slice(start, after.length - end), end: before.slice(before.length - end) };
}

function isWord(letter: string | undefined): boolean {
  return letter !== undefined && /[\p{L}\p{N}_]/u.test(letter);
}
