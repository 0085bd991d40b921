/** Server-sent events out of the pieces in which they arrive, as the HTML standard reads them. */

export interface Message {
  readonly data: string;
  readonly event: string | null;
  /** Of this message; a stream's last one has to be remembered by whoever reads it. */
  readonly id: string | null;
}

export interface SseParser {
  /** The messages that this piece completes. A line may be split anywhere, also within its end. */
  push(piece: string): Message[];
  /** Milliseconds that the server wants a client to wait before it comes back, where it has said so. */
  readonly retry: number | null;
}

/** A parser for one connection; what is unfinished when the connection ends is no message. */
export function sseParser(): SseParser {
  let rest = "";
  let begun = false;
  let retry: number | null = null;
  let data: string[] = [];
  let event: string | null = null;
  let id: string | null = null;

  function field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^\d+$/.test(value)) retry = Number(value);
  }

  function finish(): Message[] {
    const found = data.length > 0 ? [{ data: data.join("\n"), event, id }] : [];
    [data, event, id] = [[], null, null];
    return found;
  }

  function push(piece: string): Message[] {
    rest += begun || !piece ? piece : piece.replace(/^\uFEFF/, "");
    begun ||= piece !== "";
    // A carriage return at the very end may be the first half of a line's end.
    const held = rest.endsWith("\r") ? "\r" : "";
    const lines = rest.slice(0, rest.length - held.length).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? "") + held;
    return lines.flatMap((line) => {
      if (line === "") return finish();
      field(line);
      return [];
    });
  }

  return {
    push,
    get retry() {
      return retry;
    },
  };
}
