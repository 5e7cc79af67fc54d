import i18next, { type TFunction } from "i18next";

/** A topic in the reader's language; one that is not known by its code. */
export function topicName(t: TFunction<"t">, topic: string): string {
  const key = `topics.${topic}`;
  return i18next.exists(key) ? t(key as "topics.anxiety") : topic.replaceAll("-", " ");
}
