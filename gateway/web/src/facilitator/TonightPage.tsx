import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { UserRoundCheck } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { dayOf, timeOf } from "../i18n/times";
import { NextSession } from "../pages/NextSession";
import { useMySessions, type MySession } from "../pages/mySessions";
import { weekOf } from "../pages/week";
import type { Account } from "../session/account";
import Cover, { useUncovered } from "../staff/Cover";
import { stateName, useRoster } from "../staff/GroupParts";
import { Badge, Loaded, Section, StaffPage, Table } from "../staff/kit";
import { Quorum } from "../staff/Quorum";
import { Button, Dialog, Note } from "../ui/basics";
import { dayTitle } from "./dayTitle";

type RosterRow = components["schemas"]["enrollment.GetRosterItem"];
type Participant = components["schemas"]["room.GetRoomStateParticipant"];

/** The next session at a glance: when, the way in, and who comes from where. */
export function TonightPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const sessions = useMySessions(true, 7);
  const led = sessions.data?.filter((s) => s.role !== "member" && s.status !== "cancelled" && s.status !== "ended");
  return (
    <StaffPage
      account={account}
      title={led?.[0] ? dayTitle(t, led[0].startsAt) : t("tonight.next")}
      intro={t("tonight.hello", { name: account.displayName })}
      acts={
        account.roles.includes("member") && (
          <Link className="button quiet" to="/mine">
            {t("tonight.asMember")}
          </Link>
        )
      }
    >
      <Loaded query={sessions}>
        {() => {
          const [next, ...later] = led ?? [];
          if (!next) {
            return (
              <div className="card stack">
                <h2>{t("tonight.none")}</h2>
                <p className="soft">{t("tonight.noneText")}</p>
              </div>
            );
          }

          return (
            <>
              <NextSession session={next} heading="h2" />
              <Quorum session={next} />
              <Handover session={next} />
              <div className="tonight">
                <WhoComes session={next} />
                <div className="stack wide">
                  <ThisWeek session={next} />
                  {later.length > 0 && (
                    <Section title={t("tonight.later")}>
                      <ul className="plain session-list">
                        {later.slice(0, 5).map((s) => (
                          <li key={s.id}>
                            <Link to={`/lead/groups/${s.groupId}`}>{s.groupName}</Link>
                            <span className="soft">
                              {dayOf(s.startsAt)}, {timeOf(s.startsAt)}
                            </span>
                          </li>
                        ))}
                      </ul>
                    </Section>
                  )}
                </div>
              </div>
            </>
          );
        }}
      </Loaded>
    </StaffPage>
  );
}

/** A facilitator who cannot lead asks for another one, and sees how far that has come. */
function Handover({ session }: { session: MySession }) {
  const { t } = useTranslation("staff");
  const [open, setOpen] = useState(false);
  const why = useUncovered(session);
  return (
    <>
      {why.data ? (
        <Note look="warm" icon={<UserRoundCheck aria-hidden />} role="status">
          <strong>{why.data === "asked" ? t("cover.asked") : t("cover.known")}</strong>
          <div>
            <Button look="plain" onClick={() => setOpen(true)}>
              {t("cover.see")}
            </Button>
          </div>
        </Note>
      ) : (
        <div>
          <Button look="quiet" onClick={() => setOpen(true)}>
            {t("cover.button")}
          </Button>
        </div>
      )}
      <Dialog open={open} onOpenChange={setOpen} title={t("cover.title")}>
        <Cover session={session.id} known={session} />
      </Dialog>
    </>
  );
}

function ThisWeek({ session }: { session: MySession }) {
  const { t } = useTranslation("staff");
  const group = useQuery({
    queryKey: ["group", session.groupId],
    queryFn: () => ask(api.GET("/api/groups/{id}", { params: { path: { id: session.groupId } } })),
  });
  const week = group.data && weekOf(group.data, session.localDate);
  if (!week) {
    return null;
  }

  return (
    <Section title={t("tonight.week", { title: week.title })}>
      <p>{week.guidance}</p>
      {week.skills.length > 0 && (
        <p>
          <strong>{t("groups.skills")}:</strong> {week.skills.join("; ")}
        </p>
      )}
      {week.homework && (
        <p>
          <strong>{t("groups.homework")}:</strong> {week.homework}
        </p>
      )}
    </Section>
  );
}

interface Row {
  key: string;
  name: string;
  alias: string | null;
  lives: string;
  first: boolean;
  absent: boolean;
  state: Participant["state"];
  place: string | null;
}

function WhoComes({ session }: { session: MySession }) {
  const { t } = useTranslation("staff");
  const roster = useRoster(session.groupId);
  const near = session.status !== "scheduled" || new Date(session.startsAt).getTime() - Date.now() < 30 * 60_000;
  const path = { params: { path: { id: session.id } } };
  const room = useQuery({
    queryKey: ["room", session.id],
    queryFn: () => ask(api.GET("/api/sessions/{id}/room", path)),
    enabled: near && session.modality === "video",
    refetchInterval: 5_000,
    retry: false,
  });
  const rows = (roster.data ?? [])
    .filter((r) => r.status === "enrolled")
    .map((r) => rowOf(r, room.data?.participants ?? []))
    .sort((a, b) => order(a) - order(b));
  const count = (state: Participant["state"]) => rows.filter((r) => r.state === state).length;
  return (
    <Section
      title={t("tonight.people")}
      text={[
        count("in") > 0 && t("tonight.in", { count: count("in") }),
        count("waiting") > 0 && t("tonight.waiting", { count: count("waiting") }),
        t("tonight.expected", { count: rows.filter((r) => !r.absent).length }),
      ]
        .filter(Boolean)
        .join(" · ")}
    >
      <Loaded query={roster}>
        {() => (
          <Table
            caption={t("tonight.people")}
            rows={rows}
            keyOf={(r) => r.key}
            empty={t("roster.none")}
            columns={[
              {
                head: t("word.member"),
                cell: (r) => (
                  <div className="stack tight">
                    <strong>{r.name}</strong>
                    {r.alias && r.alias !== r.name && <span className="small soft">{t("roster.called", { name: r.alias })}</span>}
                  </div>
                ),
              },
              {
                head: t("word.status"),
                cell: (r) => (
                  <span className="row">
                    {r.absent ? (
                      <Badge look="warm">{t("tonight.absent")}</Badge>
                    ) : (
                      <Badge look={r.state === "in" || r.state === "waiting" ? "accent" : r.state === "removed" ? "danger" : ""}>
                        {r.state === "in"
                          ? t("tonight.here")
                          : r.state === "waiting"
                            ? t("tonight.waits")
                            : r.state === "removed"
                              ? t("tonight.removed")
                              : t("tonight.notYet")}
                      </Badge>
                    )}
                    {r.first && <Badge look="warm">{t("roster.first")}</Badge>}
                  </span>
                ),
              },
              {
                head: t("tonight.where"),
                cell: (r) => (r.place ? t("tonight.from", { place: stateName(r.place) }) : t("tonight.lives", { place: r.lives })),
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

const order = (r: Row) => (r.state === "waiting" ? 0 : r.state === "in" ? 1 : r.absent ? 3 : 2);

function rowOf(r: RosterRow, participants: Participant[]): Row {
  const here = participants.find((p) => p.participantId === r.participantId);
  return {
    key: r.enrollmentId,
    name: r.legalName ?? r.preferredName ?? r.alias,
    alias: here?.alias ?? r.preferredName ?? null,
    lives: stateName(r.state),
    first: r.firstSession === true,
    absent: r.absent === true,
    state: here?.state ?? "expected",
    place: here?.place ?? null,
  };
}
