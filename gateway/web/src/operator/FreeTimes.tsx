import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { CalendarSearch } from "lucide-react";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { dateOf, dayName, wallTime } from "../i18n/times";
import { Chip, HourChoice } from "../pages/HourChoice";
import { Loaded } from "../staff/kit";
import { Button } from "../ui/basics";
import { nextOn } from "./nextOn";

type Slot = components["schemas"]["scheduling.FreeSlot"];
type Day = Slot["dayOfWeek"];

interface Search {
  facilitatorId: string;
  startsOn: string;
}

const days: Day[] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
// Five people at every quarter of an hour of a day are fewer.
const most = 500;
const morning = 7 * 60;

/** Times of the week at which facilitators are free, for the operator who plans a group: a day, and a time that the form takes over. */
export function FreeTimes(props: {
  practice: string;
  /** Empty for all of the practice. */
  facilitatorId: string;
  durationMinutes: number;
  timeZone: string;
  /** Empty for next week. */
  startsOn: string;
  onTake: (slot: { facilitatorId: string; localTime: string; startsOn: string }) => void;
}) {
  const { t } = useTranslation("staff");
  const [open, setOpen] = useState(false);
  const [dayOfWeek, setDay] = useState<Day>("monday");
  const [taken, setTaken] = useState<{ slot: Slot; startsOn: string; search: Search } | null>(null);
  const { practice, durationMinutes, timeZone } = props;
  // The chosen time is in the form by now; the search stays as it was, so that another one can be chosen.
  const own = taken?.slot.facilitatorId === props.facilitatorId && taken.startsOn === props.startsOn;
  const search: Search = own ? taken.search : { facilitatorId: props.facilitatorId, startsOn: props.startsOn };
  const question = {
    practice,
    durationMinutes,
    timeZone,
    dayOfWeek,
    limit: most,
    ...(search.facilitatorId && { facilitator: search.facilitatorId }),
    ...(search.startsOn && { from: search.startsOn }),
  };
  const free = useQuery({
    queryKey: ["free-times", question],
    queryFn: () => ask(api.GET("/api/free-hours", { params: { query: question } })),
    enabled: open && practice !== "" && durationMinutes >= 15,
    select: (page) => page.items,
  });
  const take = (slot: Slot) => {
    const startsOn = nextOn(slot.dayOfWeek, search.startsOn);
    setTaken({ slot, startsOn, search });
    props.onTake({ facilitatorId: slot.facilitatorId, localTime: slot.localTime, startsOn });
  };
  const chosen = own ? keyOf(taken.slot) : "";
  return (
    <div className="stack wide">
      <div>
        <Button aria-expanded={open} onClick={() => setOpen(!open)}>
          <CalendarSearch aria-hidden size={20} />
          {t("groups.freeTimes")}
        </Button>
      </div>
      {open && (
        <div className="free-times stack wide">
          <fieldset>
            <legend>{t("groups.freeDay")}</legend>
            <div className="chips weekdays">
              {days.map((day) => (
                <Chip key={day} name="free-day" label={dayName(day)} checked={day === dayOfWeek} onChoose={() => setDay(day)}>
                  {dayName(day, "short")}
                </Chip>
              ))}
            </div>
          </fieldset>
          <p className="visually-hidden" role="status">
            {own &&
              t("groups.freeTaken", {
                day: dateOf(taken.startsOn),
                time: wallTime(taken.slot.localTime),
                name: taken.slot.displayName,
              })}
          </p>
          <Loaded query={free}>
            {(slots) =>
              slots.length === 0 ? (
                <p className="soft">{t("groups.freeNone", { day: dayName(dayOfWeek) })}</p>
              ) : (
                byPerson(slots).map((some) => (
                  <fieldset key={some[0]!.facilitatorId} className="free-person">
                    <legend>
                      {some[0]!.displayName}
                      <span className="soft"> · {t(some[0]!.saidWhen ? "groups.freeSaid" : "groups.freeUnsaid")}</span>
                    </legend>
                    <HourChoice
                      name="free-time"
                      hours={some.map((s) => ({
                        key: keyOf(s),
                        minute: minuteOf(s),
                        text: wallTime(s.localTime),
                        note: s.freeWeeks < s.weeks ? t("groups.freeWeeks", { free: s.freeWeeks, weeks: s.weeks }) : undefined,
                      }))}
                      chosen={chosen}
                      onChoose={(key) => take(some.find((s) => keyOf(s) === key)!)}
                    />
                  </fieldset>
                ))
              )
            }
          </Loaded>
        </div>
      )}
    </div>
  );
}

const keyOf = (s: Slot) => `${s.facilitatorId} ${s.dayOfWeek} ${s.localTime}`;
const minuteOf = (s: Slot) => Number(s.localTime.slice(0, 2)) * 60 + Number(s.localTime.slice(3, 5));

/** The times of each facilitator in order. Nobody plans at night with a person who has not said when they work. */
function byPerson(slots: Slot[]): Slot[][] {
  const people = new Map<string, Slot[]>();
  for (const s of slots.filter((s) => s.saidWhen || minuteOf(s) >= morning)) {
    people.set(s.facilitatorId, [...(people.get(s.facilitatorId) ?? []), s]);
  }

  return [...people.values()].map((some) => some.sort((a, b) => minuteOf(a) - minuteOf(b)));
}
