import { useSyncExternalStore } from "react";

/** Texts by words with dots between them. What counts has a form for each plural: `seats_one`, `seats_other`. */
export interface Texts {
  [word: string]: string | Texts;
}

export type Values = Record<string, string | number | null | undefined>;
type Counted<Word extends string> = Word extends `${infer Plain}_one` | `${infer Plain}_other` ? Plain | Word : Word;

/** The paths of a catalogue: a text that does not exist breaks the build. */
export type PathOf<T> = {
  [Word in keyof T & string]: T[Word] extends string ? Counted<Word> : `${Word}.${PathOf<T[Word]>}`;
}[keyof T & string];

export type Say<T> = (path: PathOf<T>, values?: Values) => string;

function find(texts: Texts, path: string): string | undefined {
  let here: string | Texts | undefined = texts;
  for (const word of path.split(".")) {
    here = typeof here === "object" ? here[word] : undefined;
  }

  return typeof here === "string" ? here : undefined;
}

/** The text at a path, with its values in it; undefined where there is none. */
export function write(texts: Texts, language: string, path: string, values: Values = {}): string | undefined {
  const counted = typeof values.count === "number" ? `${path}_${new Intl.PluralRules(language).select(values.count)}` : path;
  const text = find(texts, counted) ?? (counted === path ? undefined : (find(texts, `${path}_other`) ?? find(texts, path)));
  // "p.m." at the end of a sentence ends the sentence too.
  return text?.replace(/\{\{\s*(\w+)\s*\}\}(\.?)/g, (_, name: string, stop: string) => {
    const value = String(values[name] ?? "");
    return value.endsWith(".") ? value : value + stop;
  });
}

export const languages = { en: "English", es: "Español" } as const;
export type Language = keyof typeof languages;
type Loader = Record<Language, () => Promise<Texts>>;

interface Part {
  name: string;
  load: Loader;
  ready: Promise<void>;
}

let spoken: { language: Language; texts: Texts } = { language: "en", texts: {} };
let wanted: Language = "en";
const parts: Part[] = [];
const listeners = new Set<() => void>();

function merge(into: Texts, name: string, part: Texts): Texts {
  return { ...into, [name]: { ...(into[name] as Texts | undefined), ...part } };
}

async function fetchPart({ name, load }: Pick<Part, "name" | "load">): Promise<void> {
  for (;;) {
    const { language } = spoken;
    const texts = await load[language]();
    if (language === spoken.language) {
      spoken = { language, texts: merge(spoken.texts, name, texts) };
      return;
    }
  }
}

/** Adds a part of a catalogue: it is fetched now, and again for every language that is chosen later. */
export function addTexts(name: string, load: Loader): Promise<void> {
  const known = parts.find((part) => part.load === load);
  if (known) {
    return known.ready;
  }

  const part: Part = { name, load, ready: fetchPart({ name, load }) };
  parts.push(part);
  // Texts that could not be fetched may be asked for again.
  part.ready.catch(() => parts.splice(parts.indexOf(part), 1));
  return part.ready;
}

/** Speaks a language from now on; the page is written anew once its texts are here. */
export async function changeLanguage(language: Language): Promise<void> {
  wanted = language;
  let found: Texts[] = [];
  // Another part may have come meanwhile.
  while (found.length < parts.length) {
    found = await Promise.all(parts.map((part) => part.load[language]()));
  }

  const texts = found.reduce((into, part, i) => merge(into, parts[i]!.name, part), {} as Texts);
  if (wanted === language) {
    spoken = { language, texts };
    listeners.forEach((listener) => listener());
  }
}

export const languageSpoken = (): Language => spoken.language;

/** A text of any catalogue; undefined where there is none. */
export const textAt = (name: string, path: string, values?: Values): string | undefined =>
  write((spoken.texts[name] as Texts | undefined) ?? {}, spoken.language, path, values);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
const says = new Map<string, (path: string, values?: Values) => string>();

/** One function for each language and catalogue, so that what depends on it runs again when the language changes. */
function sayOf(name: string) {
  const key = `${spoken.language} ${name}`;
  if (!says.has(key)) {
    says.set(key, (path, values) => textAt(name, path, values) ?? path);
  }

  return says.get(key)!;
}

export function useTexts(name: string) {
  const { language } = useSyncExternalStore(subscribe, () => spoken);
  return { t: sayOf(name), i18n: { language, exists: (path: string) => textAt(name, path) !== undefined } };
}
