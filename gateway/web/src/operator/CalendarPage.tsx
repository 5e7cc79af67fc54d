import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { api, ask } from "../api/client";
import { dayOf, shortDayOf, timeOf } from "../i18n/times";
import type { Account } from "../session/account";
import { useGroups, useNames, type Session } from "../staff/data";
import { ProblemNote, StaffPage } from "../staff/kit";
import { Button } from "../ui/basics";
import { SessionStatus } from "./GroupPage";

const day = 86_400_000;

function mondayOf(at: number): Date {
  const date = new Date(at);
  date.setHours(0, 0, 0, 0);
  date.setDate(date.getDate() - ((date.getDay() + 6) % 7));
  return date;
}

/** All sessions of a week, by day. */
export function CalendarPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const [from, setFrom] = useState(() => mondayOf(Date.now()));
  const groups = useGroups();
  const mine = (groups.data ?? []).filter((g) => account.practices.includes(g.practice));
  const shift = (weeks: number) => {
    const next = new Date(from);
    next.setDate(next.getDate() + 7 * weeks);
    setFrom(next);
  };
  const to = new Date(from);
  to.setDate(to.getDate() + 7);
  const weeks = useQueries({
    queries: mine.map((g) => ({
      queryKey: ["sessions", g.id, from.toISOString()],
      queryFn: () =>
        ask(
          api.GET("/api/groups/{id}/sessions", {
            params: { path: { id: g.id }, query: { from: from.toISOString(), to: to.toISOString() } as never },
          }),
        ),
      staleTime: 60_000,
    })),
  });
  const pending = groups.isPending || weeks.some((w) => w.isPending);
  const failed = weeks.find((w) => w.isError)?.error;
  const all = weeks.flatMap((w) => w.data?.items ?? []).sort((a, b) => a.startsAt.localeCompare(b.startsAt));
  const days = [0, 1, 2, 3, 4, 5, 6].map((i) => {
    const date = new Date(from);
    date.setDate(date.getDate() + i);
    return { date, sessions: all.filter((s) => new Date(s.startsAt).toDateString() === date.toDateString()) };
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
      <ProblemNote error={failed} />
      <ol className="plain week-calendar" aria-busy={pending}>
        {days.map(({ date, sessions }) => (
          <li key={date.toISOString()} className={date.toDateString() === new Date().toDateString() ? "today" : undefined}>
            <h2>{dayOf(date)}</h2>
            {sessions.length === 0 ? (
              <p className="small soft">{pending ? "…" : t("calendar.none")}</p>
            ) : (
              <ul className="plain">
                {sessions.map((s) => (
                  <Entry key={s.id} session={s} group={names.group(s.groupId)} lead={names.facilitator(s.facilitatorId)} />
                ))}
              </ul>
            )}
          </li>
        ))}
      </ol>
    </StaffPage>
  );
}

function Entry({ session, group, lead }: { session: Session; group: string; lead: string }) {
  return (
    <li>
      <Link className={`calendar-entry ${session.status}`} to={`/operate/groups/${session.groupId}/sessions/${session.id}`}>
        <strong>{timeOf(session.startsAt)}</strong>
        <span>{group}</span>
        <span className="small soft">{lead}</span>
        {session.status !== "scheduled" && <SessionStatus status={session.status} />}
      </Link>
    </li>
  );
}
