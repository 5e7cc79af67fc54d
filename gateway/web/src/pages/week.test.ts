import { expect, test } from "vitest";
import { weekOf } from "./week";

const program = [1, 2, 3].map((week) => ({ week, title: `Week ${week}`, guidance: "", skills: [], homework: null }));

test("a session's week counts from the first session", () => {
  expect(weekOf({ program, startsOn: "2026-11-02", weeks: 3 }, "2026-11-16")?.week).toBe(3);
});

test("a moved session keeps its week", () => {
  expect(weekOf({ program, startsOn: "2026-11-02", weeks: 3 }, "2026-11-11")?.week).toBe(2);
});

test("a group with an end has no week after its programme", () => {
  expect(weekOf({ program, startsOn: "2026-11-02", weeks: 8 }, "2026-12-07")).toBeUndefined();
});

test("a group without an end begins its programme again", () => {
  expect(weekOf({ program, startsOn: "2026-11-02", weeks: null }, "2026-11-23")?.week).toBe(1);
});
