import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "../i18n";
import { credentialText } from "../i18n/places";
import { Link, useParams } from "../ui/address";
import { TriangleAlert } from "lucide-react";
import { api, ApiProblem, ask } from "../api/client";
import type { components } from "../api/schema";
import { dateOf, dayOf, momentOf, timeOf, wallTime, zoneName } from "../i18n/times";
import type { Account } from "../session/account";
import { Attendance } from "../staff/Attendance";
import { useGroup, useNames, useUnled, type Session } from "../staff/data";
import { Badge, Facts, Loaded, ProblemNote, ReasonDialog, Section, StaffPage } from "../staff/kit";
import { Quorum } from "../staff/Quorum";
import { recordingOf } from "../staff/recording";
import { Button, Dialog, Note, toast } from "../ui/basics";
import { SessionStatus } from "./GroupPage";
import { MoveDialog } from "./MoveDialog";

type Substitute = components["schemas"]["scheduling.Substitute"];

/** One session of a group: move it, cancel it, find who can cover it; afterwards who was there. */
export function SessionPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { group = "", id = "" } = useParams();
  const names = useNames();
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<"cancel" | "move" | null>(null);
  const sessions = useQuery({
    queryKey: ["sessions", group, "all"],
    queryFn: () => ask(api.GET("/api/groups/{id}/sessions", { params: { path: { id: group }, query: { limit: 500 } } as never })),
    select: (page) => page.items.find((s) => s.id === id) ?? null,
  });
  const s = sessions.data;
  const about = useGroup(group).data;
  const inPerson = about?.modality === "in_person";
  const reload = () => queries.invalidateQueries({ queryKey: ["sessions", group] });
  return (
    <StaffPage
      account={account}
      title={s ? `${dayOf(s.startsAt)}, ${timeOf(s.startsAt)}` : t("word.session")}
      back={<Link to={`/operate/groups/${group}`}>{names.group(group)}</Link>}
      acts={
        s &&
        s.status !== "ended" &&
        s.status !== "cancelled" && (
          <>
            {s.status === "scheduled" && (
              <Button look="plain" onClick={() => setDialog("move")}>
                {t("session.move")}
              </Button>
            )}
            <Button look="danger-soft" onClick={() => setDialog("cancel")}>
              {t("session.cancel")}
            </Button>
          </>
        )
      }
    >
      <Loaded query={sessions}>
        {(one) =>
          one === null ? (
            <Note>{t("session.notFound")}</Note>
          ) : (
            <>
              <section className="card stack wide" aria-label={t("word.session")}>
                <Facts
                  items={[
                    [t("word.status"), <SessionStatus status={one.status} />],
                    [t("session.local"), `${dateOf(one.localDate)}, ${wallTime(one.localStart)} · ${zoneName(one.timeZone)}`],
                    [t("session.until"), timeOf(one.endsAt)],
                    [t("word.facilitator"), names.facilitator(one.facilitatorId)],
                    ...(about?.admission === "marked"
                      ? [[t("groups.admission"), <Admission session={one} reload={reload} />] as [string, ReactNode]]
                      : []),
                    ...(inPerson ? [[t("groups.venue"), about.venue] as [string, ReactNode]] : []),
                  ]}
                />
              </section>
              {one.status !== "ended" && one.status !== "cancelled" && (
                <>
                  <Quorum session={one} />
                  <Unled session={id} />
                  <Substitutes session={one} reload={reload} />
                </>
              )}
              {about && recordingOf(one, about.modality, Date.now()) !== "none" && (
                <Section title={t("attendance.title")}>
                  <Attendance session={id} group={group} inPerson={inPerson} />
                </Section>
              )}
              {one.status !== "scheduled" && <Moderation session={id} />}
            </>
          )
        }
      </Loaded>
      <ReasonDialog
        open={dialog === "cancel"}
        onOpenChange={() => setDialog(null)}
        title={t("session.cancelTitle")}
        text={t("session.cancelText")}
        label={t("session.cancelReason")}
        submit={t("session.cancel")}
        danger
        onSubmit={async (reason) => {
          await ask(api.POST("/api/sessions/{id}/cancel", { params: { path: { id } }, body: { reason } as never }) as never);
          toast(t("session.cancelled"));
          await reload();
        }}
      />
      {s && <MoveDialog session={s} open={dialog === "move"} onOpenChange={() => setDialog(null)} reload={reload} />}
    </StaffPage>
  );
}

/** Whether new members begin with this session, where they begin at marked ones. */
function Admission({ session, reload }: { session: Session; reload: () => Promise<void> }) {
  const { t } = useTranslation("staff");
  const mark = useMutation({
    mutationFn: () =>
      ask(api.POST("/api/sessions/{id}/admission", { params: { path: { id: session.id } }, body: { admits: !session.admitsNew } })),
    onSuccess: reload,
  });
  const open = session.status === "scheduled" || session.status === "open";
  return (
    <div className="stack tight">
      <span>{session.admitsNew ? t("session.admits") : t("word.no")}</span>
      <ProblemNote error={mark.error} />
      {open && (
        <Button look="plain" disabled={mark.isPending} onClick={() => mark.mutate()}>
          {session.admitsNew ? t("session.admitNot") : t("session.admit")}
        </Button>
      )}
    </div>
  );
}

/** That this session needs another facilitator, and why. */
function Unled({ session }: { session: string }) {
  const { t, i18n } = useTranslation("staff");
  const list = useUnled();
  const cause = list.data?.items.find((s) => s.sessionId === session)?.cause;
  return cause && i18n.exists(`work.cause_${cause}`) ? (
    <Note look="warm" icon={<TriangleAlert aria-hidden />} role="status">
      <strong>{t("session.unled")}</strong>
      <span>{t(`work.cause_${cause}`)}</span>
    </Note>
  ) : null;
}

// Of a long list the best are shown first.
const best = 8;

function Substitutes({ session, reload }: { session: Session; reload: () => Promise<void> }) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const names = useNames();
  const [partial, setPartial] = useState<Substitute | null>(null);
  const [all, setAll] = useState(false);
  const queries = useQueryClient();
  const list = useQuery({
    queryKey: ["substitutes", session.id],
    queryFn: () => ask(api.GET("/api/sessions/{id}/substitutes", { params: { path: { id: session.id } } })),
    select: (page) => page.items.filter((s) => s.facilitatorId !== session.facilitatorId),
  });
  const choose = useMutation({
    mutationFn: (one: { id: string; acceptPartial: boolean }) =>
      ask(
        api.POST("/api/sessions/{id}/substitute", {
          params: { path: { id: session.id } },
          body: { facilitatorId: one.id, acceptPartial: one.acceptPartial },
        }),
      ),
    onSuccess: async () => {
      setPartial(null);
      toast(t("session.substituted"));
      await queries.invalidateQueries({ queryKey: ["substitutes", session.id] });
      await queries.invalidateQueries({ queryKey: ["uncovered-sessions"] });
      await reload();
    },
  });
  const refused = choose.error instanceof ApiProblem && choose.error.code === "substitute-not-authorised";
  return (
    <Section title={t("session.substitutes")} text={t("session.substitutesText")}>
      {!refused && <ProblemNote error={choose.error} />}
      <Loaded query={list}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="soft">{t("session.nobody")}</p>
          ) : (
            <>
              <ul className="plain case-list">
                {rows.slice(0, all ? undefined : best).map((s) => (
                  <li key={s.facilitatorId} className="case row spread">
                    <div className="stack tight">
                      <h3 id={`may-${s.facilitatorId}`}>{s.displayName}</h3>
                      <p className="small soft">{s.credentials.map(credentialText).join(" · ")}</p>
                      <p className="row">
                        {s.busy && <Badge look="warm">{t("session.busy")}</Badge>}
                        {s.uncovered.length === 0 ? (
                          <Badge look="accent">{t("session.coversAll")}</Badge>
                        ) : (
                          s.uncovered.map((u) => (
                            <Badge key={u.jurisdiction} look="warm">
                              {t("session.leaves", { count: u.members, place: names.place(u.jurisdiction) })}
                            </Badge>
                          ))
                        )}
                      </p>
                    </div>
                    <Button
                      look={s.uncovered.length === 0 && !s.busy ? "primary" : "plain"}
                      aria-describedby={`may-${s.facilitatorId}`}
                      disabled={s.busy || choose.isPending}
                      onClick={() =>
                        s.uncovered.length > 0 ? setPartial(s) : choose.mutate({ id: s.facilitatorId, acceptPartial: false })
                      }
                    >
                      {t("session.choose")}
                    </Button>
                  </li>
                ))}
              </ul>
              {rows.length > best && !all && (
                <div>
                  <Button look="plain" onClick={() => setAll(true)}>
                    {t("more")}
                  </Button>
                </div>
              )}
            </>
          )
        }
      </Loaded>
      <Dialog
        open={partial !== null}
        onOpenChange={() => setPartial(null)}
        title={t("session.partialTitle")}
        text={t("session.partialText", { name: partial?.displayName })}
      >
        <ul>
          {partial?.uncovered.map((u) => (
            <li key={u.jurisdiction}>{t("session.leaves", { count: u.members, place: names.place(u.jurisdiction) })}</li>
          ))}
        </ul>
        <ProblemNote error={choose.error} />
        <div className="row end">
          <Button look="quiet" onClick={() => setPartial(null)}>
            {c("app.cancel")}
          </Button>
          <Button
            look="danger"
            disabled={choose.isPending}
            onClick={() => choose.mutate({ id: partial!.facilitatorId, acceptPartial: true })}
          >
            {t("session.partialChoose")}
          </Button>
        </div>
      </Dialog>
    </Section>
  );
}

function Moderation({ session }: { session: string }) {
  const { t, i18n } = useTranslation("staff");
  const names = useNames();
  const acts = useQuery({
    queryKey: ["moderation", session],
    queryFn: () => ask(api.GET("/api/sessions/{id}/moderation", { params: { path: { id: session }, query: { limit: 200 } } as never })),
    select: (page) => page.items,
  });
  if (!acts.data || acts.data.length === 0) {
    return null;
  }

  return (
    <Section title={t("session.moderation")} text={t("session.moderationText")}>
      <ul className="plain reason-list">
        {acts.data.map((a) => (
          <li key={a.id}>
            <strong>
              {i18n.exists(`acts.${a.act.replace(".", "_")}`) ? t(`acts.${a.act.replace(".", "_")}` as "acts.message_hidden") : a.act}
            </strong>
            <p className="small soft">
              {[momentOf(a.at), a.by && names.facilitator(a.by), a.about && t("session.about", { name: names.member(a.about) })]
                .filter(Boolean)
                .join(" · ")}
            </p>
            {a.text && <p>{a.text}</p>}
          </li>
        ))}
      </ul>
    </Section>
  );
}
