import { describe, expect, it } from "vitest";
import { nextOn } from "./nextOn";

describe("the first date with a weekday", () => {
  it.each([
    ["tuesday", "2026-12-01", "2026-12-01"],
    ["monday", "2026-12-01", "2026-12-07"],
    ["sunday", "2026-12-28", "2027-01-03"],
    ["monday", "", "2026-12-07"],
    ["friday", "", "2026-12-11"],
  ] as const)("%s from %s is %s", (day, from, date) => expect(nextOn(day, from, "2026-11-30")).toBe(date));
});
