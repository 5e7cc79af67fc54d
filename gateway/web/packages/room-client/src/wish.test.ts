import { describe, expect, it } from "vitest";
import { wishOf } from "./wish";

const people = (...ids: string[]) => ({
  me: { participantId: "me", role: "member" as const, alias: "Me" },
  participants: ids.map((participantId) => ({ participantId, alias: participantId, role: "member" as const })),
});

describe("whom a page wants to receive", () => {
  it("is everybody but oneself, in any order the same", () => {
    expect(wishOf(people("b", "me", "a"), false, null)).toMatchObject({ of: ["b", "a"], videoOf: null, largeOf: null });
    expect(wishOf(people("b", "me", "a"), false, null).key).toBe(wishOf(people("a", "b", "me"), false, null).key);
  });

  it("is sound alone where that was chosen", () => {
    expect(wishOf(people("a", "me"), true, null).videoOf).toEqual([]);
  });

  it("has large pictures only of people who are there", () => {
    expect(wishOf(people("a", "me"), false, ["a", "gone"]).largeOf).toEqual(["a"]);
    expect(wishOf(people("a", "me"), false, []).largeOf).toEqual([]);
  });
});
