// Reads an iCalendar text from standard input by two parsers and prints what each has understood, as JSON.
import ICAL from 'ical.js';
import nodeIcal from 'node-ical';
import { text } from 'node:stream/consumers';

const ics = await text(process.stdin);
const instant = (date) => new Date(date).toISOString();

const root = new ICAL.Component(ICAL.parse(ics));
for (const zone of root.getAllSubcomponents('vtimezone')) {
  ICAL.TimezoneService.register(zone);
}
const strict = root.getAllSubcomponents('vevent').map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid, title: event.summary, place: event.location, sequence: event.sequence, status: component.getFirstPropertyValue('status'),
    start: instant(event.startDate.toUnixTime() * 1000), end: instant(event.endDate.toUnixTime() * 1000),
    alarms: component.getAllSubcomponents('valarm').length,
  };
});
const common = Object.values(nodeIcal.sync.parseICS(ics)).filter((item) => item.type === 'VEVENT').map((event) => ({
  uid: event.uid, title: event.summary, place: event.location ?? null, sequence: Number(event.sequence), status: event.status,
  start: instant(event.start), end: instant(event.end), alarms: event.alarms?.length ?? 0,
}));
console.log(JSON.stringify({ strict, common, product: root.getFirstPropertyValue('prodid'), method: root.getFirstPropertyValue('method') }));
