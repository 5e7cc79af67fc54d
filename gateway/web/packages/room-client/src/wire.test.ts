import { describe, expect, it } from "vitest";
import { HubRefusal, refusalOf } from "./wire";

describe("a refusal of the hub", () => {
  it("is read from the hub's own message", () => {
    expect(refusalOf(new Error("An error: HubException: not-found: Nobody of that name."))).toMatchObject({ code: "not-found" });
  });

  it("stays what it is when it is read again", () => {
    const refusal = new HubRefusal("not-found", "Nobody of that name.");
    expect(refusalOf(refusal)).toBe(refusal);
  });

  it("is worth another try when it is none", () => {
    expect(refusalOf(new Error("WebSocket closed"))).toMatchObject({ code: "try-again" });
  });
});
