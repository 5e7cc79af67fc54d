import { textAt } from "../i18n";

/** A topic in the reader's language; one that is not known by its code. */
export function topicName(topic: string): string {
  const key = `topics.${topic}`;
  return textAt("t", key) ?? topic.replaceAll("-", " ");
}
