import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { dayOf, momentOf, shortDayOf, timeOf } from "../i18n/times";
import type { Account } from "../session/account";
import { useNames } from "../staff/data";
import { Badge, Loaded, Section, StaffPage } from "../staff/kit";
import { Button } from "../ui/basics";
import { SessionStatus } from "./GroupPage";

type Week = components["schemas"]["scheduling.CalendarWeek"];
type Entry = Week["sessions"][number];
const day = 86_400_000;

function mondayOf(at: number): Date {
  const date = new Date(at);
  date.setHours(0, 0, 0, 0);
  date.setDate(date.getDate() - ((date.getDay() + 6) % 7));
  return date;
}

const dateOnly = (date: Date) =>
  `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;

/** All sessions of a week by day, with holidays, time off and what clashes. */
export function CalendarPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const [from, setFrom] = useState(() => mondayOf(Date.now()));
  const shift = (weeks: number) => {
    const next = new Date(from);
    next.setDate(next.getDate() + 7 * weeks);
    setFrom(next);
  };
  const to = new Date(from);
  to.setDate(to.getDate() + 7);
  const week = useQuery({
    queryKey: ["calendar", from.toISOString()],
    queryFn: () =>
      ask(api.GET("/api/calendar", { params: { query: { from: from.toISOString(), to: to.toISOString() } } as never })) as Promise<Week>,
  });
  return (
    <StaffPage
      account={account}
      title={t("calendar.title")}
      intro={t("calendar.intro", { from: shortDayOf(from), to: shortDayOf(to.getTime() - day) })}
      acts={
        <>
          <Button look="plain" size="icon" aria-label={t("calendar.before")} onClick={() => shift(-1)}>
            <ChevronLeft aria-hidden />
          </Button>
          <Button look="plain" onClick={() => setFrom(mondayOf(Date.now()))}>
            {t("calendar.today")}
          </Button>
          <Button look="plain" size="icon" aria-label={t("calendar.after")} onClick={() => shift(1)}>
            <ChevronRight aria-hidden />
          </Button>
        </>
      }
    >
      <Loaded query={week}>
        {(w) => (
          <>
            <ol className="plain week-calendar">
              {[0, 1, 2, 3, 4, 5, 6].map((i) => {
                const date = new Date(from);
                date.setDate(date.getDate() + i);
                return <Day key={i} date={date} week={w} />;
              })}
            </ol>
            {w.conflicts.length > 0 && (
              <Section title={t("calendar.conflicts")} count={w.conflicts.length}>
                <ul className="plain reason-list">
                  {w.conflicts.map((c) => (
                    <li key={`${c.sessionId}/${c.otherSessionId}`}>
                      {t(c.otherSessionId ? "calendar.twice" : "calendar.away", {
                        name: names.facilitator(c.facilitatorId),
                        when: momentOf(c.from),
                      })}
                    </li>
                  ))}
                </ul>
              </Section>
            )}
            {w.timeOff.length > 0 && (
              <Section title={t("calendar.timeOff")}>
                <ul className="plain reason-list">
                  {w.timeOff.map((o) => (
                    <li key={`${o.facilitatorId}/${o.from}`}>
                      {names.facilitator(o.facilitatorId)}: {momentOf(o.from)} – {momentOf(o.to)}
                    </li>
                  ))}
                </ul>
              </Section>
            )}
          </>
        )}
      </Loaded>
    </StaffPage>
  );
}

function Day({ date, week }: { date: Date; week: Week }) {
  const { t } = useTranslation("staff");
  const sessions = week.sessions.filter((s) => new Date(s.startsAt).toDateString() === date.toDateString());
  const holidays = week.holidays.filter((h) => h.day === dateOnly(date));
  return (
    <li className={date.toDateString() === new Date().toDateString() ? "today" : undefined}>
      <h2>{dayOf(date)}</h2>
      {holidays.map((h) => (
        <Badge key={`${h.practice}/${h.name}`} look="warm">
          {h.name}
        </Badge>
      ))}
      {sessions.length === 0 ? (
        <p className="small soft">{t("calendar.none")}</p>
      ) : (
        <ul className="plain">
          {sessions.map((s) => (
            <SessionEntry key={s.id} session={s} />
          ))}
        </ul>
      )}
    </li>
  );
}

function SessionEntry({ session: s }: { session: Entry }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  return (
    <li>
      <Link className={`calendar-entry ${s.status}`} to={`/operate/groups/${s.groupId}/sessions/${s.id}`}>
        <strong>{timeOf(s.startsAt)}</strong>
        <span>{s.groupName}</span>
        <span className="small soft">{names.facilitator(s.facilitatorId)}</span>
        {s.status !== "scheduled" && <SessionStatus status={s.status as "live"} />}
        {s.uncovered && <Badge look="danger">{t("calendar.uncovered")}</Badge>}
        {s.absences > 0 && <Badge>{t("calendar.absences", { count: s.absences })}</Badge>}
      </Link>
    </li>
  );
}
