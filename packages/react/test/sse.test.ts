/** Server-sent events are read as the HTML standard says, however they are cut into pieces. */
import { describe, expect, it } from "vitest";
import { type Message, sseParser } from "../src/core/sse.ts";

const stream =
  "\uFEFFretry: 2000\ndata: {\"a\":1}\nid: 7\n\n: a comment\n\nevent: x\r\ndata:one\r\ndata: two\r\n\r\nid: 8\rdata:  three\r\rdata\n\nid: 9\n\ndata: never ended";
const messages: Message[] = [
  { data: '{"a":1}', event: null, id: "7" },
  { data: "one\ntwo", event: "x", id: null },
  { data: " three", event: null, id: "8" },
  { data: "", event: null, id: null },
];

describe("the parser", () => {
  it.each([1, 2, 3, 5, 7, 11, stream.length])("reads the same messages out of pieces of %i characters", (size) => {
    const parser = sseParser();
    const found: Message[] = [];
    for (let at = 0; at < stream.length; at += size) found.push(...parser.push(stream.slice(at, at + size)));
    expect(found).toEqual(messages);
    expect(parser.retry).toBe(2000);
  });

  it("passes over a wrong retry, an id with a NUL and fields that it does not know", () => {
    const parser = sseParser();
    expect(parser.push("retry: soon\nid: a\0b\nfoo: bar\ndata: x\n\n")).toEqual([{ data: "x", event: null, id: null }]);
    expect(parser.retry).toBeNull();
  });

  it("gives a message out as soon as its empty line is there", () => {
    const parser = sseParser();
    expect(parser.push("data: x\n")).toEqual([]);
    expect(parser.push("\n")).toHaveLength(1);
  });
});
