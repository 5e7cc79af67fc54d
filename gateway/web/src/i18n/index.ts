import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { en as staff } from "../staff/texts/en";
import { en, type Texts } from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "t";
    resources: { t: Texts; staff: typeof staff };
  }
}

export const languages = { en: "English", es: "Español" } as const;
export type Language = keyof typeof languages;
const kept = "language";

function preferred(): Language {
  const stored = localStorage.getItem(kept);
  const wished = stored ?? navigator.languages.find((l) => l.slice(0, 2) in languages)?.slice(0, 2);
  return wished === "es" ? "es" : "en";
}

let spanish = false;

async function load(language: Language): Promise<void> {
  if (language === "es" && !spanish) {
    const texts = await import("./es");
    i18next.addResourceBundle("es", "t", texts.es, true);
    i18next.addResourceBundle("es", "reasons", texts.reasons);
    spanish = true;
  }
}

export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    defaultNS: "t",
    ns: ["t"],
    resources: { en: { t: en } },
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  } as never);
  await speak(preferred(), false);
}

export async function speak(language: Language, keep = true): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  if (keep) {
    localStorage.setItem(kept, language);
  }
}
