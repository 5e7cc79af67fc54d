import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { momentOf, shortDayOf } from "../i18n/times";
import { useNames } from "../staff/data";
import { Badge, ProblemNote, Table } from "../staff/kit";
import { Reasons } from "../staff/Reasons";
import { Button } from "../ui/basics";

const BarPicture = lazy(() => import("../staff/BarPicture"));
type Run = components["schemas"]["enrollment.ImpactRunView"];
type Result = components["schemas"]["enrollment.ImpactResult"];
type Item = components["schemas"]["enrollment.ImpactItem"];

/** Starts a what-if in the background, follows it and shows what would change. */
export function ImpactButton({ start }: { start: () => Promise<{ data?: Run; error?: unknown; response: Response }> }) {
  const { t } = useTranslation("staff");
  const [run, setRun] = useState<Run | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const progress = useQuery({
    queryKey: ["impact", run?.id],
    queryFn: () => ask(api.GET("/api/licensing/impacts/{id}", { params: { path: { id: run!.id } } })),
    enabled: run !== null,
    refetchInterval: (q) => (q.state.data && q.state.data.status !== "running" ? false : 700),
    staleTime: Infinity,
  });
  const now = progress.data ?? run;
  const busy = now?.status === "running";
  return (
    <div className="stack wide">
      <div>
        <Button
          look="plain"
          disabled={busy}
          onClick={async () => {
            setProblem(null);
            setRun(null);
            try {
              setRun(await ask(start()));
            } catch (error) {
              setProblem(error);
            }
          }}
        >
          {t("impact.show")}
        </Button>
      </div>
      <ProblemNote error={problem ?? progress.error} />
      {busy && now && (
        <p role="status" className="stack tight wide">
          <progress value={now.total === 0 ? undefined : now.evaluated} max={now.total || 1} />
          <span className="small soft">{t("impact.running", { done: now.evaluated, total: now.total })}</span>
        </p>
      )}
      {now?.status === "failed" && <p role="alert">{t("impact.failed")}</p>}
      {now?.result && <ImpactView result={now.result} />}
    </div>
  );
}

function mondayOf(at: string): string {
  const date = new Date(at);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}

function ImpactView({ result }: { result: Result }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const weeks = [...new Set([...result.gains, ...result.losses].map((i) => mondayOf(i.startsAt)))].sort();
  const inWeek = (items: Item[], week: string) => items.filter((i) => mondayOf(i.startsAt) === week).length;
  const table = (items: Item[], caption: string) => (
    <Table
      dense
      caption={caption}
      rows={items}
      keyOf={(i) => `${i.enrollmentId}/${i.sessionId}`}
      columns={[
        { head: t("word.member"), cell: (i) => <Link to={`/operate/members/${i.memberId}`}>{names.member(i.memberId)}</Link> },
        { head: t("word.session"), cell: (i) => `${names.group(i.groupId)}, ${momentOf(i.startsAt)}` },
        {
          head: t("impact.change"),
          cell: (i) => (
            <span className="row together">
              <Outcome outcome={i.from} /> → <Outcome outcome={i.to} />
            </span>
          ),
        },
        {
          head: t("word.why"),
          cell: (i) => (
            <details>
              <summary>{i.reasons[0]?.text ?? "—"}</summary>
              <Reasons reasons={i.reasons} />
            </details>
          ),
        },
      ]}
    />
  );
  return (
    <div className="stack wide">
      <ul className="plain number-row" aria-live="polite">
        <li>
          <strong>{result.evaluated}</strong> {t("impact.evaluated")}
        </li>
        <li className="warm">
          <strong>{result.lost}</strong> {t("impact.losses")}
        </li>
        <li className="accent">
          <strong>{result.gained}</strong> {t("impact.gains")}
        </li>
        <li>
          <strong>{result.unchanged}</strong> {t("impact.unchanged")}
        </li>
      </ul>
      {weeks.length > 0 && (
        <>
          <h2 className="section-title">{t("impact.perWeek")}</h2>
          <Suspense fallback={<div className="skeleton chart" />}>
            <BarPicture
              label={t("impact.perWeek")}
              rows={weeks.map((w) => ({
                name: shortDayOf(`${w}T12:00:00Z`),
                losses: inWeek(result.losses, w),
                gains: inWeek(result.gains, w),
              }))}
              bars={[
                { key: "losses", name: t("impact.losses"), look: "warm" },
                { key: "gains", name: t("impact.gains"), look: "accent" },
              ]}
            />
          </Suspense>
        </>
      )}
      {result.losses.length > 0 && (
        <>
          <h2 className="section-title">{t("impact.lossesTitle")}</h2>
          {table(result.losses, t("impact.lossesTitle"))}
        </>
      )}
      {result.gains.length > 0 && (
        <>
          <h2 className="section-title">{t("impact.gainsTitle")}</h2>
          {table(result.gains, t("impact.gainsTitle"))}
        </>
      )}
    </div>
  );
}

const looks = { allow: "accent", allow_with_conditions: "accent", hold: "warm", deny: "danger" } as const;

export function Outcome({ outcome }: { outcome: keyof typeof looks }) {
  const { t } = useTranslation("staff");
  return <Badge look={looks[outcome]}>{t(`outcome.${outcome}`)}</Badge>;
}
