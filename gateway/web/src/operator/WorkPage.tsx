import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { RotateCcw } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { momentOf, relative } from "../i18n/times";
import type { Account } from "../session/account";
import { useNames, useUnled } from "../staff/data";
import { AllDone, Badge, Loaded, ProblemNote, ReasonDialog, Section, StaffPage, Table } from "../staff/kit";
import { Reasons } from "../staff/Reasons";
import { Button, Note, toast } from "../ui/basics";
import { EndingCredentials } from "./EndingCredentials";
import { BreakGlassOpenings } from "./BreakGlassOpenings";

type Held = components["schemas"]["enrollment.HeldEnrollmentsItem"];
const often = { refetchInterval: 30_000 };

/** The operator's work queue, the most pressing first. */
export function WorkPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  return (
    <StaffPage account={account} title={t("work.title")} intro={t("work.intro", { name: account.displayName })}>
      <BreakGlassOpenings />
      <Unled />
      <HeldCases />
      <Uncovered />
      <Overrides me={account.id} />
      <EndingCredentials />
      <FailingWork />
    </StaffPage>
  );
}

function HeldCases() {
  const { t } = useTranslation("staff");
  const names = useNames();
  const queries = useQueryClient();
  const [act, setAct] = useState<{ what: "release" | "refuse"; row: Held } | null>(null);
  const held = useQuery({
    queryKey: ["held"],
    queryFn: async () => {
      const [waiting, unclear] = await Promise.all([
        ask(api.GET("/api/enrollments", { params: { query: { status: "held", limit: 500 } } as never })),
        ask(api.GET("/api/enrollments", { params: { query: { status: "enrolled", review: true, limit: 500 } } as never })),
      ]);
      return [...waiting.items, ...unclear.items];
    },
    ...often,
  });
  return (
    <Section title={t("work.held")} text={t("work.heldText")} count={held.data?.length}>
      <Loaded query={held}>
        {(rows) =>
          rows.length === 0 ? (
            <AllDone text={t("work.heldNone")} />
          ) : (
            <ul className="plain case-list">
              {rows.map((row) => (
                <li key={row.id} className="case stack wide tight">
                  <div className="row spread">
                    <div className="stack tight">
                      <h3 id={`case-${row.id}`}>
                        <Link to={`/operate/members/${row.memberId}`}>{names.member(row.memberId)}</Link>
                      </h3>
                      <p className="soft">
                        {t("work.wishes", { group: names.group(row.groupId), when: relative(row.since, Date.now()) })}
                        {row.refusedBefore > 0 && ` ${t("work.refusedBefore", { count: row.refusedBefore })}`}
                      </p>
                    </div>
                    <div className="row">
                      <Button look="primary" aria-describedby={`case-${row.id}`} onClick={() => setAct({ what: "release", row })}>
                        {t("work.release")}
                      </Button>
                      <Button look="plain" aria-describedby={`case-${row.id}`} onClick={() => setAct({ what: "refuse", row })}>
                        {t("work.refuse")}
                      </Button>
                    </div>
                  </div>
                  <WhyOf decision={row.decisionId} needs={row.needs} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <ReasonDialog
        open={act !== null}
        onOpenChange={() => setAct(null)}
        title={act ? t(`work.${act.what}Title`, { name: names.member(act.row.memberId) }) : ""}
        text={act ? t(`work.${act.what}Text`) : ""}
        label={t("form.reason")}
        submit={act ? t(`work.${act.what}`) : ""}
        danger={act?.what === "refuse"}
        onSubmit={async (reason) => {
          await ask(
            api.POST(act!.what === "release" ? "/api/enrollments/{id}/release" : "/api/enrollments/{id}/refuse", {
              params: { path: { id: act!.row.id } },
              body: { reason },
            }),
          );
          toast(t(`work.${act!.what}Done`));
          await queries.invalidateQueries({ queryKey: ["held"] });
        }}
      />
    </Section>
  );
}

function WhyOf({ decision, needs }: { decision: string; needs: string[] }) {
  const { t } = useTranslation("staff");
  const whole = useQuery({
    queryKey: ["decision", decision],
    queryFn: () => ask(api.GET("/api/licensing/decisions/{id}", { params: { path: { id: decision } } })),
    staleTime: Infinity,
  });
  return (
    <div className="stack wide tight">
      {needs.length > 0 && (
        <p className="row">
          {needs.map((n) => (
            <Badge key={n} look="warm">
              {t(`work.need_${n}` as "work.need_intake")}
            </Badge>
          ))}
        </p>
      )}
      {whole.data && <Reasons reasons={whole.data.decision.reasons} />}
      <p className="small">
        <Link to={`/operate/decisions/${decision}`}>{t("work.decision")}</Link>
      </p>
    </div>
  );
}

function Unled() {
  const { t, i18n } = useTranslation("staff");
  const names = useNames();
  const list = useUnled();
  if (!list.data || list.data.items.length === 0) {
    return null;
  }

  const cause = (code: string) => (i18n.exists(`work.cause_${code}`) ? t(`work.cause_${code}` as "work.cause_away") : code);
  return (
    <Section title={t("work.unled")} text={t("work.unledText")} count={list.data.items.length}>
      <Table
        caption={t("work.unled")}
        rows={list.data.items}
        keyOf={(s) => s.sessionId}
        columns={[
          { head: t("word.session"), cell: (s) => <Link to={`/operate/groups/${s.groupId}/sessions/${s.sessionId}`}>{s.groupName}</Link> },
          { head: t("word.when"), cell: (s) => momentOf(s.startsAt) },
          { head: t("word.facilitator"), cell: (s) => names.facilitator(s.facilitatorId) },
          { head: t("word.why"), cell: (s) => cause(s.cause) },
        ]}
      />
    </Section>
  );
}

function Uncovered() {
  const { t } = useTranslation("staff");
  const names = useNames();
  const coverage = useQuery({
    queryKey: ["coverage", 4],
    queryFn: () => ask(api.GET("/api/licensing/coverage", { params: { query: { weeks: 4, limit: 500 } } as never })),
    ...often,
  });
  return (
    <Section title={t("work.uncovered")} text={t("work.uncoveredText")} count={coverage.data?.items.length}>
      <Loaded query={coverage}>
        {({ items }) =>
          items.length === 0 ? (
            <AllDone text={t("work.uncoveredNone")} />
          ) : (
            <Table
              caption={t("work.uncovered")}
              rows={items}
              keyOf={(r) => r.sessionId}
              columns={[
                {
                  head: t("word.session"),
                  cell: (r) => <Link to={`/operate/groups/${r.groupId}/sessions/${r.sessionId}`}>{names.group(r.groupId)}</Link>,
                },
                { head: t("word.when"), cell: (r) => momentOf(r.startsAt) },
                { head: t("work.without"), num: true, cell: (r) => t("work.seatsOf", { count: r.uncovered, seats: r.seats }) },
                { head: t("word.why"), cell: (r) => [...new Set(r.losses.map((l) => names.place(l.jurisdiction)))].join(", ") },
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

function Overrides({ me }: { me: string }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const queries = useQueryClient();
  const overrides = useQuery({
    queryKey: ["overrides"],
    queryFn: () => ask(api.GET("/api/licensing/overrides", { params: { query: { limit: 500 } } as never })),
    select: (page) => page.items.filter((o) => o.status === "asked"),
  });
  const approve = useMutation({
    mutationFn: (id: string) => ask(api.POST("/api/licensing/overrides/{id}/approve", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["overrides"] }),
  });
  if (!overrides.data || overrides.data.length === 0) {
    return null;
  }

  return (
    <Section title={t("work.overrides")} text={t("work.overridesText")} count={overrides.data.length}>
      <ProblemNote error={approve.error} />
      <Table
        caption={t("work.overrides")}
        rows={overrides.data}
        keyOf={(o) => o.id}
        columns={[
          { head: t("word.member"), cell: (o) => <Link to={`/operate/members/${o.memberId}`}>{names.member(o.memberId)}</Link> },
          { head: t("word.group"), cell: (o) => names.group(o.groupId) },
          { head: t("word.reason"), cell: (o) => o.reason },
          { head: t("word.until"), cell: (o) => momentOf(o.expiresAt) },
          {
            head: t("word.acts"),
            acts: true,
            cell: (o) =>
              o.askedBy === me ? (
                <span className="small soft">{t("work.secondOperator")}</span>
              ) : (
                <Button look="primary" disabled={approve.isPending} onClick={() => approve.mutate(o.id)}>
                  {t("work.approve")}
                </Button>
              ),
          },
        ]}
      />
    </Section>
  );
}

function FailingWork() {
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const failing = useQuery({ queryKey: ["work"], queryFn: () => ask(api.GET("/api/work", {})), ...often });
  const failed = useQuery({ queryKey: ["work-errors"], queryFn: () => ask(api.GET("/api/work/errors", {})), ...often });
  const again = () => queries.invalidateQueries({ predicate: (q) => String(q.queryKey[0]).startsWith("work") });
  const retry = useMutation({
    mutationFn: (row: { service: string; kind: string; key: string }) => ask(api.POST("/api/work/retry", { body: row as never })),
    onSuccess: () => {
      toast(t("work.retried"));
      return again();
    },
  });
  const replay = useMutation({
    mutationFn: (row: { service: string; queue: string }) => ask(api.POST("/api/work/errors/replay", { body: row as never })),
    onSuccess: (said) => {
      toast(t("work.replayed", { count: said.moved }));
      return again();
    },
  });
  const messages = failed.data?.items.filter((m) => m.messages > 0) ?? [];
  return (
    <Section
      title={t("work.failing")}
      text={t("work.failingText")}
      count={failing.data ? failing.data.items.length + messages.length : undefined}
    >
      <ProblemNote error={retry.error ?? replay.error} />
      <Loaded query={failing}>
        {({ items }) =>
          items.length + messages.length === 0 ? (
            <AllDone text={t("work.failingNone")} />
          ) : (
            <>
              {items.length > 0 && (
                <Table
                  caption={t("work.failing")}
                  rows={items}
                  keyOf={(w) => `${w.service}/${w.kind}/${w.key}`}
                  columns={[
                    { head: t("work.what"), cell: (w) => `${w.service}: ${w.kind}` },
                    { head: t("work.attempts"), num: true, cell: (w) => w.attempts },
                    { head: t("work.next"), cell: (w) => momentOf(w.nextAttemptAt) },
                    { head: t("work.error"), cell: (w) => <span className="small">{w.lastError}</span> },
                    {
                      head: t("word.acts"),
                      acts: true,
                      cell: (w) => (
                        <Button
                          look="plain"
                          disabled={retry.isPending}
                          onClick={() => retry.mutate({ service: w.service, kind: w.kind, key: w.key })}
                        >
                          <RotateCcw aria-hidden />
                          {t("work.retry")}
                        </Button>
                      ),
                    },
                  ]}
                />
              )}
              {messages.map((m) => (
                <Note key={m.queue} look="warm">
                  <span>{t("work.givenUp", { count: m.messages, service: m.service })}</span>
                  <div>
                    <Button look="plain" disabled={replay.isPending} onClick={() => replay.mutate({ service: m.service, queue: m.queue })}>
                      <RotateCcw aria-hidden />
                      {t("work.replay")}
                    </Button>
                  </div>
                </Note>
              ))}
            </>
          )
        }
      </Loaded>
    </Section>
  );
}
