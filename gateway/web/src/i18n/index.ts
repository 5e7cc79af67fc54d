import type { en as staff } from "../staff/texts/en";
import type { Texts as Own } from "./en";
import { addTexts, changeLanguage, languages, useTexts, type Language, type Say, type Texts } from "./translate";

export { languages, languageSpoken, textAt, type Language } from "./translate";

/** The texts of members, the room included; the texts of facilitators and operators. */
export type T = Say<Own>;
export type StaffT = Say<typeof staff>;
type I18n = ReturnType<typeof useTexts>["i18n"];

/** Texts in the reader's language. */
export function useTranslation(): { t: T; i18n: I18n };
export function useTranslation(name: "staff"): { t: StaffT; i18n: I18n };
export function useTranslation(name = "t"): { t: never; i18n: I18n } {
  return useTexts(name) as never;
}

/** What a practice writes itself: names, programs, the texts that a seat needs agreement to. The API has no language of theirs. */
export const practiceLanguage: Language = "en";

const kept = "language";

function preferred(): Language {
  const stored = localStorage.getItem(kept);
  const wished = stored ?? navigator.languages.find((l) => l.slice(0, 2) in languages)?.slice(0, 2);
  return wished === "es" ? "es" : "en";
}

const pages = {
  en: async (): Promise<Texts> => (await import("./en")).en,
  es: async (): Promise<Texts> => (await import("./es")).es,
};
// The API has the English text of the law's reasons.
const reasons = { en: async (): Promise<Texts> => ({}), es: async (): Promise<Texts> => (await import("./es")).reasons };
const own = {
  en: async (): Promise<Texts> => (await import("./en/own")).own,
  es: async (): Promise<Texts> => (await import("./es/own")).own,
};
const room = {
  en: async (): Promise<Texts> => (await import("./en/room")).room,
  es: async (): Promise<Texts> => (await import("./es/room")).room,
};
const leads = {
  en: async (): Promise<Texts> => ({
    ...(await import("../staff/texts/en-common")).common,
    ...(await import("../staff/texts/en-facilitator")).facilitator,
  }),
  es: async (): Promise<Texts> => ({
    ...(await import("../staff/texts/es-common")).common,
    ...(await import("../staff/texts/es-facilitator")).facilitator,
  }),
};
const staffs = {
  en: async (): Promise<Texts> => (await import("../staff/texts/en")).en,
  es: async (): Promise<Texts> => (await import("../staff/texts/es")).es,
};

/** The texts of one's own account and seats, of the room, of a facilitator and of an operator come with their pages: who only looks for a group loads none of them. */
export const ownTexts = () => addTexts("t", own);
export const roomTexts = () => addTexts("t", room);
export const leadTexts = () => addTexts("staff", leads);
export const staffTexts = () => addTexts("staff", staffs);

export async function startTexts(): Promise<void> {
  const language = preferred();
  await changeLanguage(language);
  await Promise.all([addTexts("t", pages), addTexts("reasons", reasons)]);
  document.documentElement.lang = language;
}

export async function speak(language: Language): Promise<void> {
  await changeLanguage(language);
  document.documentElement.lang = language;
  localStorage.setItem(kept, language);
}
