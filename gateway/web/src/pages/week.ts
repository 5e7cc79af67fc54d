import type { components } from "../api/schema";

type Group = components["schemas"]["scheduling.GroupDetail"];
const week = 7 * 86_400_000;

/** The week of the programme that a session belongs to. In a group without an end the programme begins again when it is through. */
export function weekOf(group: Pick<Group, "program" | "startsOn" | "weeks">, localDate: string) {
  if (group.program.length === 0) {
    return undefined;
  }

  const passed = Math.floor((Date.parse(localDate) - Date.parse(group.startsOn)) / week);
  const last = Math.max(...group.program.map((w) => w.week));
  const number = group.weeks === null ? (passed % last) + 1 : passed + 1;
  return group.program.find((w) => w.week === number);
}
