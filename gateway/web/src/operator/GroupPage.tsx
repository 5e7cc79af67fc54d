import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Link, useParams } from "../ui/address";
import { CalendarClock, Pencil, Plus } from "lucide-react";
import { api, ask } from "../api/client";
import { dayName, momentOf, relative, wallTime, zoneName } from "../i18n/times";
import { topicName } from "../pages/topics";
import type { Account } from "../session/account";
import { useGroup, useNames, type GroupDetail, type Session } from "../staff/data";
import { Badge, Facts, Loaded, ReasonDialog, Section, StaffPage, Table } from "../staff/kit";
import { BreakGlass } from "../staff/BreakGlass";
import { Program, Roster } from "../staff/GroupParts";
import { Button, toast } from "../ui/basics";
import { Meter } from "../ui/Meter";
import { SeatsHistory } from "../staff/SeatsHistory";
import { AddSessionDialog } from "./AddSessionDialog";
import { SeriesDialog } from "./SeriesDialog";

/** One group for its operators: what it is, its sessions, who is in it and who waits. */
export function GroupPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { id = "" } = useParams();
  const queries = useQueryClient();
  const [closing, setClosing] = useState(false);
  const [moving, setMoving] = useState(false);
  const group = useGroup(id);
  const g = group.data as GroupDetail | undefined;
  const close = useMutation({
    mutationFn: () => ask(api.POST("/api/groups/{id}/close", { params: { path: { id } } }) as never),
    onSuccess: async () => {
      toast(t("groups.closed"));
      await queries.invalidateQueries({ queryKey: ["group", id] });
    },
  });
  return (
    <StaffPage
      account={account}
      title={g?.name ?? t("groups.title")}
      intro={g && `${dayName(g.schedule.dayOfWeek)}, ${wallTime(g.schedule.localTime)} · ${zoneName(g.schedule.timeZone)}`}
      back={<Link to="/operate/groups">{t("groups.back")}</Link>}
      acts={
        g &&
        !g.closed && (
          <>
            <Link className="button plain" to={`/operate/groups/${id}/edit`}>
              <Pencil aria-hidden />
              {t("groups.edit")}
            </Link>
            <Button look="plain" onClick={() => setMoving(true)}>
              <CalendarClock aria-hidden />
              {t("series.change")}
            </Button>
            <Button look="danger-soft" onClick={() => setClosing(true)}>
              {t("groups.close")}
            </Button>
          </>
        )
      }
    >
      <Loaded query={group}>
        {(one) => {
          const g = one as GroupDetail;
          return (
            <>
              <section className="card stack wide" aria-label={t("groups.about")}>
                {g.closed && <Badge look="warm">{t("groups.isClosed")}</Badge>}
                <Meter
                  value={g.capacity - g.seatsLeft}
                  of={g.capacity}
                  text={t("groups.taken", { taken: g.capacity - g.seatsLeft, of: g.capacity })}
                />
                <Facts
                  items={[
                    [t("groups.topic"), topicName(g.topic)],
                    [t("groups.class"), t(`class.${g.serviceClass}`)],
                    [t("word.facilitator"), <Link to={`/operate/people/${g.facilitator.id}`}>{g.facilitator.displayName}</Link>],
                    [t("groups.co"), g.coFacilitators.map((f) => f.displayName).join(", ") || t("groups.nobody")],
                    [t("groups.offeredIn"), g.offeredIn.map((p) => p.replace("US-", "")).join(", ") || "—"],
                    [t("groups.minimumAge"), g.minimumAge],
                    [t("groups.modality"), t(`groups.${g.modality}`)],
                    g.modality === "in_person" ? [t("groups.venue"), g.venue] : [t("groups.camera"), t(`camera.${g.policies.camera}`)],
                    [t("groups.interval"), g.schedule.intervalWeeks === 2 ? t("groups.everySecond") : t("groups.everyWeek")],
                    [t("groups.admission"), t(`groups.admission_${g.admission}`)],
                    [t("groups.weeks"), g.weeks ?? t("groups.openEnded")],
                  ]}
                />
                {g.summary && <p>{g.summary}</p>}
              </section>
              <Sessions group={id} minutes={g.schedule.durationMinutes} closed={g.closed} />
              <Section title={t("roster.title")} acts={<BreakGlass account={account} group={id} />}>
                <Roster group={id} link />
              </Section>
              <Waitlist group={id} />
              <SeatsHistory group={id} />
              {g.program.length > 0 && (
                <Section title={t("groups.program")}>
                  <Program weeks={g.program} />
                </Section>
              )}
            </>
          );
        }}
      </Loaded>
      {g && moving && <SeriesDialog group={g} onClose={() => setMoving(false)} />}
      <ReasonDialog
        open={closing}
        onOpenChange={setClosing}
        title={t("groups.closeTitle")}
        text={t("groups.closeText")}
        label={t("groups.closeNote")}
        optional
        danger
        submit={t("groups.close")}
        onSubmit={() => close.mutateAsync()}
      />
    </StaffPage>
  );
}

export function SessionStatus({ status }: { status: Session["status"] }) {
  const { t } = useTranslation();
  return (
    <Badge look={status === "live" || status === "open" ? "accent" : status === "held" || status === "cancelled" ? "warm" : ""}>
      {t(`home.status_${status}`)}
    </Badge>
  );
}

function Sessions({ group, minutes, closed }: { group: string; minutes: number; closed: boolean }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const [past, setPast] = useState(false);
  const [adding, setAdding] = useState(false);
  const sessions = useQuery({
    queryKey: ["sessions", group, past],
    queryFn: () =>
      ask(
        api.GET("/api/groups/{id}/sessions", {
          params: {
            path: { id: group },
            query: (past
              ? { to: new Date().toISOString(), limit: 200 }
              : { from: new Date(Date.now() - 4 * 3_600_000).toISOString(), limit: 12 }) as never,
          },
        }),
      ),
    select: (page) => (past ? [...page.items].reverse() : page.items),
  });
  return (
    <Section
      title={past ? t("session.past") : t("session.coming")}
      acts={
        <>
          {!closed && (
            <Button look="plain" onClick={() => setAdding(true)}>
              <Plus aria-hidden />
              {t("session.add")}
            </Button>
          )}
          <Button look="plain" onClick={() => setPast(!past)}>
            {past ? t("session.coming") : t("session.past")}
          </Button>
        </>
      }
    >
      <Loaded query={sessions}>
        {(rows) => (
          <Table
            caption={t("session.coming")}
            rows={rows}
            keyOf={(s) => s.id}
            empty={t("session.none")}
            columns={[
              { head: t("word.when"), cell: (s) => <Link to={`/operate/groups/${group}/sessions/${s.id}`}>{momentOf(s.startsAt)}</Link> },
              { head: t("word.facilitator"), cell: (s) => names.facilitator(s.facilitatorId) },
              {
                head: t("word.status"),
                cell: (s) => (
                  <span className="row">
                    <SessionStatus status={s.status} />
                    {s.extra && <Badge>{t("session.extra")}</Badge>}
                  </span>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {adding && <AddSessionDialog group={group} minutes={minutes} onClose={() => setAdding(false)} />}
    </Section>
  );
}

function Waitlist({ group }: { group: string }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const list = useQuery({
    queryKey: ["waitlist", group],
    queryFn: () => ask(api.GET("/api/groups/{id}/waitlist", { params: { path: { id: group } } })),
  });
  return (
    <Section title={t("waitlist.title")} count={list.data?.line.length}>
      <Loaded query={list}>
        {({ line }) => (
          <Table
            caption={t("waitlist.title")}
            rows={line}
            keyOf={(w) => w.enrollmentId}
            empty={t("waitlist.none")}
            columns={[
              { head: t("waitlist.position"), num: true, cell: (w) => w.position },
              { head: t("word.member"), cell: (w) => <Link to={`/operate/members/${w.memberId}`}>{names.member(w.memberId)}</Link> },
              { head: t("waitlist.since"), cell: (w) => relative(w.since, Date.now()) },
              {
                head: t("word.status"),
                cell: (w) => (
                  <Badge look={w.eligible ? "accent" : "warm"}>{w.eligible ? t("waitlist.eligible") : t("waitlist.notEligible")}</Badge>
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}
