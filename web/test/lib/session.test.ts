import { describe, expect, it } from "vitest";
import { safeNext, tokenOf } from "~/lib/session";

describe("where one goes on to after signing in", () => {
  it.each(["/runs?status=failed#x", "/workflows/a%2Fb", "/", "/a//b"])("%s is of this app", (next) => expect(safeNext(next)).toBe(next));

  it.each(["", "runs", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n\\evil.example", "/..//evil.example", "/sign-in", "/sign-in?next=/", "javascript:alert(1)", undefined, 5, null])(
    "%s is Home",
    (next) => expect(safeNext(next)).toBe("/"),
  );
});

describe("a one-time link", () => {
  it("is read whole or by its token", () => expect(["https://house.example/sign-in#tnl_a", " tnl_a "].map(tokenOf)).toEqual(["tnl_a", "tnl_a"]));
});
