// Computes the occurrences of a weekly series in every zone with Luxon. Standard input: {zones, startsOn, hour, minute, weeks}; output: the instants
// and the CPU time that computing them took.
import { DateTime, IANAZone } from 'luxon';
import { text } from 'node:stream/consumers';

const { zones, startsOn, hour, minute, weeks } = JSON.parse(await text(process.stdin));
const [year, month, day] = startsOn.split('-').map(Number);
const known = zones.filter((zone) => IANAZone.isValidZone(zone));
const compute = (zone) => {
  const list = [];
  const first = DateTime.fromObject({ year, month, day, hour, minute }, { zone });
  for (let week = 0; week < weeks; week++) {
    const date = DateTime.fromObject({ year, month, day }, { zone: 'utc' }).plus({ weeks: week });
    list.push(DateTime.fromObject({ year: date.year, month: date.month, day: date.day, hour, minute }, { zone: first.zone }).toMillis());
  }
  return list;
};
for (const zone of known.slice(0, 20)) compute(zone);
const result = {};
const begin = process.cpuUsage();
for (const zone of known) result[zone] = compute(zone);
const spent = process.cpuUsage(begin);
console.log(JSON.stringify({ result, microsecondsPerOccurrence: (spent.user + spent.system) / (known.length * weeks) }));
