import { expect, it } from "vitest";
import { changes, sinceSomething } from "./seats";

const day = (n: number, taken: number, waiting = 0, held = 0) => ({ day: `2026-11-0${n}`, taken, waiting, held });

it("names the first day, each change and the last day", () => {
  const days = [day(1, 0), day(2, 0), day(3, 2), day(4, 2), day(5, 2, 1), day(6, 2, 1), day(7, 2, 1)];
  expect(changes(days).map((d) => d.day.at(-1))).toEqual(["1", "3", "5", "7"]);
});

it("begins the day before there was anything", () => {
  expect(sinceSomething([day(1, 0), day(2, 0), day(3, 0, 0, 1), day(4, 0)]).map((d) => d.day.at(-1))).toEqual(["2", "3", "4"]);
  expect(sinceSomething([day(1, 0)])).toHaveLength(1);
});

it("takes a single day and no day at all", () => {
  expect(changes([day(1, 3)])).toHaveLength(1);
  expect(changes([])).toEqual([]);
});
