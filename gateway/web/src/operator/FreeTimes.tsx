import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { CalendarSearch } from "lucide-react";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { dayName } from "../i18n/times";
import { Loaded } from "../staff/kit";
import { Button } from "../ui/basics";
import { nextOn } from "./nextOn";

type Slot = components["schemas"]["scheduling.FreeSlot"];

const most = 12;

/** Times of the week at which facilitators are free, for the operator who plans a group: one tap takes one over into the form. */
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
  const { practice, facilitatorId, durationMinutes, timeZone, startsOn } = props;
  const question = {
    practice,
    durationMinutes,
    timeZone,
    limit: most,
    ...(facilitatorId && { facilitator: facilitatorId }),
    ...(startsOn && { from: startsOn }),
  };
  const free = useQuery({
    queryKey: ["free-times", question],
    queryFn: () => ask(api.GET("/api/free-hours", { params: { query: question } })),
    enabled: open && practice !== "" && durationMinutes >= 15,
    select: (page) => page.items,
  });
  const take = (slot: Slot) =>
    props.onTake({ facilitatorId: slot.facilitatorId, localTime: slot.localTime, startsOn: nextOn(slot.dayOfWeek, startsOn) });
  return (
    <div className="stack tight">
      <div>
        <Button aria-expanded={open} onClick={() => setOpen(!open)}>
          <CalendarSearch aria-hidden size={20} />
          {t("groups.freeTimes")}
        </Button>
      </div>
      {open && (
        <Loaded query={free}>
          {(slots) =>
            slots.length === 0 ? (
              <p className="soft">{t("groups.freeNone")}</p>
            ) : (
              <ul className="plain session-list" aria-label={t("groups.freeTimes")}>
                {slots.map((s) => (
                  <li key={`${s.facilitatorId} ${s.dayOfWeek} ${s.localTime}`}>
                    <div className="stack tight">
                      <strong>
                        {dayName(s.dayOfWeek)}, {s.localTime}
                      </strong>
                      <span className="soft">
                        {s.displayName} · {t("groups.freeWeeks", { free: s.freeWeeks, weeks: s.weeks })}
                        {!s.saidWhen && ` · ${t("groups.freeUnsaid")}`}
                      </span>
                    </div>
                    <Button
                      onClick={() => take(s)}
                      aria-label={`${t("groups.freeTake")}: ${dayName(s.dayOfWeek)}, ${s.localTime}, ${s.displayName}`}
                    >
                      {t("groups.freeTake")}
                    </Button>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      )}
    </div>
  );
}
