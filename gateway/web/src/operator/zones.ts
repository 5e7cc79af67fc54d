import { zoneName } from "../i18n/times";

/** The zones of the states, as a series may have them. */
export const zones = [
  "America/New_York",
  "America/Chicago",
  "America/Denver",
  "America/Phoenix",
  "America/Los_Angeles",
  "America/Anchorage",
  "Pacific/Honolulu",
];

/** Options of a choice: the states' zones, and the one that a series has already. */
export const zoneOptions = (known?: string): [string, string][] =>
  [...new Set([...zones, ...(known ? [known] : [])])].map((zone) => [zone, zoneName(zone)]);
