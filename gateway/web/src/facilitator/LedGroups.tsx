import { useQueries, useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "../i18n";
import { Link, useParams } from "../ui/address";
import { BookOpen, Pencil } from "lucide-react";
import { api, ask } from "../api/client";
import { dayName, dayOf, momentOf, sameClock, shortDayOf, timeOf, weekdayOf } from "../i18n/times";
import { useMySessions } from "../pages/mySessions";
import { weekOf } from "../pages/week";
import { topicName } from "../pages/topics";
import { useGroup } from "../staff/data";
import type { Account } from "../session/account";
import { Attendance } from "../staff/Attendance";
import { BreakGlass } from "../staff/BreakGlass";
import Cover from "../staff/Cover";
import { Program, Roster } from "../staff/GroupParts";
import { SeatsHistory } from "../staff/SeatsHistory";
import { Note, useNow } from "../ui/basics";
import { Badge, Loaded, Section, StaffPage, Table } from "../staff/kit";
import { Quorum } from "../staff/Quorum";
import { recordingOf } from "../staff/recording";

const BarPicture = lazy(() => import("../staff/BarPicture"));

export function LedGroupsPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const sessions = useMySessions(true);
  const led = [...new Map((sessions.data ?? []).filter((s) => s.role !== "member").map((s) => [s.groupId, s])).values()];
  const groups = useQueries({
    queries: led.map((s) => ({
      queryKey: ["group", s.groupId],
      queryFn: () => ask(api.GET("/api/groups/{id}", { params: { path: { id: s.groupId } } })),
    })),
  });
  return (
    <StaffPage account={account} title={t("myGroups.title")} intro={t("myGroups.intro")} acts={<BreakGlass account={account} />}>
      <Loaded query={sessions}>
        {() =>
          led.length === 0 ? (
            <p className="soft">{t("myGroups.none")}</p>
          ) : (
            <ul className="plain group-list">
              {led.map((s, i) => {
                const g = groups[i]?.data;
                return (
                  <li key={s.groupId} className="card stack tight">
                    {g && <Badge look="accent">{topicName(g.topic)}</Badge>}
                    <h2>
                      <Link to={`/lead/groups/${s.groupId}`}>{s.groupName}</Link>
                    </h2>
                    <p>{`${weekdayOf(s.startsAt)}, ${timeOf(s.startsAt)}`}</p>
                    {g && !sameClock(s.startsAt, g.schedule.timeZone) && (
                      <p className="small soft">
                        {c("groups.there", { day: dayName(g.schedule.dayOfWeek), time: timeOf(s.startsAt, g.schedule.timeZone) })}
                      </p>
                    )}
                    {g && <p className="soft">{t("groups.taken", { taken: g.capacity - g.seatsLeft, of: g.capacity })}</p>}
                    <p className="small soft">{t(`myGroups.roleOf_${s.role}`)}</p>
                  </li>
                );
              })}
            </ul>
          )
        }
      </Loaded>
    </StaffPage>
  );
}

/** One's own group: who is in it, its programme, its sessions. */
export function LedGroupPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { id = "" } = useParams();
  const group = useGroup(id);
  const sessions = useQuery({
    queryKey: ["sessions", id, "led"],
    queryFn: () => ask(api.GET("/api/groups/{id}/sessions", { params: { path: { id }, query: { limit: 200 } } as never })),
    select: (page) => page.items,
  });
  const leads = group.data !== undefined && [group.data.facilitator, ...group.data.coFacilitators].some((one) => one.id === account.id);
  const now = new Date().toISOString();
  const past = (sessions.data ?? []).filter((s) => s.startsAt < now && s.status !== "cancelled").slice(-10);
  const next = (sessions.data ?? []).find((s) => s.endsAt >= now && s.status !== "cancelled");
  const week = group.data && next && weekOf(group.data, next.localStart);
  const coming = (sessions.data ?? []).filter((s) => s.endsAt >= now).slice(0, 6);
  return (
    <StaffPage
      account={account}
      title={group.data?.name ?? t("word.group")}
      back={<Link to="/lead/groups">{t("myGroups.title")}</Link>}
      acts={<BreakGlass account={account} group={id} />}
    >
      <Section title={t("roster.title")}>
        <Roster group={id} />
      </Section>
      <Section title={t("myGroups.sessions")}>
        <Loaded query={sessions}>
          {() => (
            <Table
              caption={t("myGroups.sessions")}
              rows={[...past, ...coming.filter((s) => !past.includes(s))]}
              keyOf={(s) => s.id}
              empty={t("myGroups.noSession")}
              columns={[
                { head: t("word.when"), cell: (s) => <Link to={`/lead/groups/${id}/sessions/${s.id}`}>{momentOf(s.startsAt)}</Link> },
                { head: t("word.status"), cell: (s) => <StatusWord status={s.status} /> },
              ]}
            />
          )}
        </Loaded>
      </Section>
      {past.length > 0 && <AttendancePicture sessions={past} />}
      {leads && <SeatsHistory group={id} />}
      {group.data && (
        <Section
          title={t("groups.program")}
          acts={
            leads &&
            !group.data.closed && (
              <Link className="button plain" to={`/lead/groups/${id}/program`}>
                <Pencil aria-hidden />
                {t("programs.edit")}
              </Link>
            )
          }
        >
          {week && (
            <Note icon={<BookOpen aria-hidden />}>
              <strong>{t("tonight.week", { title: week.title })}</strong>
              {week.homework && <span>{`${t("groups.homework")}: ${week.homework}`}</span>}
            </Note>
          )}
          {group.data.program.length === 0 ? <p className="soft">{t("programs.empty")}</p> : <Program weeks={group.data.program} />}
        </Section>
      )}
    </StaffPage>
  );
}

function StatusWord({ status }: { status: string }) {
  const { t } = useTranslation();
  return <Badge look={status === "live" || status === "open" ? "accent" : ""}>{t(`home.status_${status}` as "home.status_live")}</Badge>;
}

function AttendancePicture({ sessions }: { sessions: { id: string; startsAt: string }[] }) {
  const { t } = useTranslation("staff");
  const lists = useQueries({
    queries: sessions.map((s) => ({
      queryKey: ["attendance", s.id],
      queryFn: () => ask(api.GET("/api/sessions/{id}/attendance", { params: { path: { id: s.id } } })),
      retry: false,
    })),
  });
  const rows = sessions.map((s, i) => {
    const items = lists[i]?.data?.items ?? [];
    const count = (status: string) => items.filter((a) => a.status === status).length;
    return { name: shortDayOf(s.startsAt), present: count("present"), excused: count("excused"), missing: count("no_show") };
  });
  return (
    <Section title={t("myGroups.picture")}>
      <Suspense fallback={<div className="skeleton chart" />}>
        <BarPicture
          label={t("myGroups.picture")}
          rows={rows}
          bars={[
            { key: "present", name: t("attendance.present"), look: "accent" },
            { key: "excused", name: t("attendance.excused"), look: "soft" },
            { key: "missing", name: t("attendance.no_show"), look: "warm" },
          ]}
        />
      </Suspense>
    </Section>
  );
}

/** The attendance of a session; corrections with one choice. */
export function LedSessionPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { group = "", id = "" } = useParams();
  const sessions = useQuery({
    queryKey: ["sessions", group, "led"],
    queryFn: () => ask(api.GET("/api/groups/{id}/sessions", { params: { path: { id: group }, query: { limit: 200 } } as never })),
    select: (page) => page.items.find((s) => s.id === id) ?? null,
    // The end of a session becomes known a moment later: then corrections are possible.
    refetchInterval: (q) => (q.state.data?.items.find((s) => s.id === id)?.status === "ended" ? false : 3000),
  });
  const about = useGroup(group);
  const now = useNow(15_000);
  const s = sessions.data;
  const recording = s && about.data ? recordingOf(s, about.data.modality, now) : "none";
  return (
    <StaffPage
      account={account}
      title={sessions.data ? t("myGroups.sessionOf", { day: dayOf(sessions.data.startsAt) }) : t("word.session")}
      back={<Link to={`/lead/groups/${group}`}>{t("word.back")}</Link>}
    >
      {s?.status === "scheduled" && <Quorum session={s} />}
      {recording !== "none" && (
        <Section
          title={t("attendance.title")}
          text={recording === "tap" ? t("attendance.recordText") : recording === "correct" ? t("myGroups.correctText") : undefined}
        >
          <Attendance session={id} group={group} recording={recording} />
        </Section>
      )}
      {s && s.status !== "ended" && s.status !== "cancelled" && (
        <Section title={t("cover.title")}>
          <Cover session={id} />
        </Section>
      )}
    </StaffPage>
  );
}
