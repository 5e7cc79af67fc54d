import { describe, expect, it, vi } from "vitest";
import { addTexts, changeLanguage, textAt } from "../i18n/translate";
import type { StaffT } from "../i18n";
import { facilitator as en } from "../staff/texts/en-facilitator";
import { facilitator as es } from "../staff/texts/es-facilitator";
import { dayTitle } from "./dayTitle";

const t = ((path: string) => textAt("staff", path)) as unknown as StaffT;
vi.stubGlobal("navigator", { languages: ["en-US", "es-MX"] });
const monday = new Date(2026, 10, 30, 15, 0);
const at = (day: number, hour: number) => new Date(2026, 10, day, hour, 0).toISOString();

describe("what a facilitator's page is called", () => {
  it("says tonight only of an evening that is today's", async () => {
    await changeLanguage("en");
    await addTexts("staff", { en: async () => en, es: async () => es } as never);
    expect(dayTitle(t, at(30, 19), monday)).toBe("Tonight");
    expect(dayTitle(t, at(30, 11), monday)).toBe("Today");
  });

  it("says tomorrow, and the day of what is farther away", async () => {
    await changeLanguage("en");
    expect(dayTitle(t, at(31, 0), monday)).toBe("Tomorrow");
    expect(dayTitle(t, at(37, 19), monday)).toBe("Monday, December 7");
  });

  it("begins with a capital letter in Spanish too", async () => {
    await changeLanguage("es");
    expect(dayTitle(t, at(37, 19), monday)).toBe("Lunes, 7 de diciembre");
  });
});
