import { afterEach, expect, test, vi } from "vitest";
import { spanOf } from "./times";

const at = (hour: number, minute: number) => new Date(2026, 10, 30, hour, minute).toISOString();

/** The spaces of a range are thin or unbreakable, as the reader's locale has them. */
const plain = (text: string) => text.replace(/\s/gu, " ");

afterEach(() => vi.unstubAllGlobals());

test("a span within a day and one over midnight tell times alone", () => {
  vi.stubGlobal("navigator", { languages: ["en-US"] });
  expect(plain(spanOf(at(18, 0), at(19, 0)))).toBe("6:00 – 7:00 PM");
  expect(plain(spanOf(at(11, 30), at(12, 30)))).toBe("11:30 AM – 12:30 PM");
  expect(plain(spanOf(at(23, 50), at(24, 50)))).toBe("11:50 PM – 12:50 AM");
  expect(plain(spanOf(at(23, 0), at(24, 0)))).toBe("11:00 PM – 12:00 AM");
});
