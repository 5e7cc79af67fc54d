import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Link, useParams } from "../ui/address";
import { Tabs } from "radix-ui";
import { CircleCheck } from "lucide-react";
import { api, ApiProblem, ask } from "../api/client";
import type { components } from "../api/schema";
import { effectiveOf, stampOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Badge, Facts, Loaded, ProblemNote, ReasonDialog, StaffPage } from "../staff/kit";
import { Button, Dialog, Field, Note, toast } from "../ui/basics";
import { ImpactButton } from "./Impact";
import { RuleSetDiff } from "./RuleSetDiff";
import { RuleSetEditor, type RuleDocument } from "./RuleSetEditor";
import { statusLooks } from "./RuleSetsPage";

export type RuleSet = components["schemas"]["enrollment.RuleSetWhole"];
const tabs = ["rows", "lint", "diff", "impact"] as const;

/** One version: its rows, what is wrong with it, how it differs, what it would change; and its way to publication. */
export function RuleSetPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const version = Number(useParams().version);
  const path = { params: { path: { version } } };
  const rules = useQuery({
    queryKey: ["rule-set", version],
    queryFn: async () => {
      const request = api.GET("/api/licensing/rule-sets/{version}", path);
      const data = await ask(request);
      return { data, etag: (await request).response.headers.get("ETag") ?? "*" };
    },
    refetchOnWindowFocus: false,
  });
  const one = rules.data?.data;
  return (
    <StaffPage
      account={account}
      title={t("rules.numbered", { version })}
      intro={one?.note}
      back={<Link to="/operate/rules">{t("rules.title")}</Link>}
      acts={one && <Steps one={one} me={account.id} />}
    >
      <Loaded query={rules}>
        {({ data: r, etag }) => (
          <>
            <section className="card stack wide" aria-label={t("word.status")}>
              <Facts
                items={[
                  [t("word.status"), <Badge look={statusLooks[r.status]}>{t(`rules.${r.status}`)}</Badge>],
                  [t("rules.effective"), r.effectiveFrom ? effectiveOf(r.effectiveFrom) : "—"],
                  ["SHA-256", <code className="hash">{r.sha256}</code>],
                  ...(r.withdrawnAt ? ([[t("rules.withdrawn"), stampOf(r.withdrawnAt)]] as [string, string][]) : []),
                ]}
              />
            </section>
            <Tabs.Root defaultValue="rows" className="tabs">
              <Tabs.List className="tab-list" aria-label={t("rules.numbered", { version })}>
                {tabs.map((tab) => (
                  <Tabs.Trigger key={tab} value={tab}>
                    {t(`rules.tab_${tab}`)}
                  </Tabs.Trigger>
                ))}
              </Tabs.List>
              <Tabs.Content value="rows" className="card">
                <RuleSetEditor
                  key={r.sha256}
                  version={version}
                  document={r.document as RuleDocument}
                  etag={etag}
                  editable={r.status === "draft"}
                />
              </Tabs.Content>
              <Tabs.Content value="lint" className="card">
                <Lint version={version} sha={r.sha256} />
              </Tabs.Content>
              <Tabs.Content value="diff" className="card">
                <RuleSetDiff version={version} sha={r.sha256} />
              </Tabs.Content>
              <Tabs.Content value="impact" className="card">
                <Impact version={version} />
              </Tabs.Content>
            </Tabs.Root>
          </>
        )}
      </Loaded>
    </StaffPage>
  );
}

function Lint({ version, sha }: { version: number; sha: string }) {
  const { t } = useTranslation("staff");
  const lint = useQuery({
    queryKey: ["lint", version, sha],
    queryFn: () => ask(api.GET("/api/licensing/rule-sets/{version}/lint", { params: { path: { version } } })),
  });
  return (
    <Loaded query={lint}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="row together all-done">
            <CircleCheck aria-hidden size={22} />
            {t("rules.lintNone")}
          </p>
        ) : (
          <ul className="plain reason-list">
            {items.map((l, i) => (
              <li key={i}>
                <p className="row">
                  <Badge look={l.severity === "error" ? "danger" : "warm"}>{t(`rules.${l.severity}`)}</Badge>
                  {l.text}
                </p>
                <p className="small soft">
                  <code>{l.code}</code> {l.rows.join(", ")}
                </p>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function Impact({ version }: { version: number }) {
  const { t } = useTranslation("staff");
  const [weeks, setWeeks] = useState(12);
  return (
    <div className="stack wide">
      <p className="soft">{t("impact.intro")}</p>
      <Field label={t("coverage.weeks")}>
        {(ids) => (
          <select {...ids} className="input small-input" value={weeks} onChange={(e) => setWeeks(Number(e.target.value))}>
            {[4, 12, 26, 52].map((n) => (
              <option key={n}>{n}</option>
            ))}
          </select>
        )}
      </Field>
      <ImpactButton
        start={() =>
          api.POST("/api/licensing/rule-sets/{version}/impact", {
            params: { path: { version } },
            headers: { Prefer: "respond-async" },
            body: { weeks },
          }) as never
        }
      />
    </div>
  );
}

/** Submit, publish, withdraw: each step where it is possible. */
function Steps({ one, me }: { one: RuleSet; me: string }) {
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<"publish" | "withdraw" | null>(null);
  const path = { params: { path: { version: one.version } } };
  const reload = () => queries.invalidateQueries({ predicate: (q) => String(q.queryKey[0]).startsWith("rule-set") });
  const submit = useMutation({
    mutationFn: () => ask(api.POST("/api/licensing/rule-sets/{version}/submit", path)),
    onSuccess: () => {
      toast(t("rules.submitted"));
      return reload();
    },
  });
  return (
    <>
      {one.status === "draft" && (
        <Button look="primary" disabled={submit.isPending} onClick={() => submit.mutate()}>
          {t("rules.submit")}
        </Button>
      )}
      {one.status === "in_review" &&
        (one.author === me ? (
          <span className="small soft">{t("rules.otherPublishes")}</span>
        ) : (
          <Button look="primary" onClick={() => setDialog("publish")}>
            {t("rules.publish")}
          </Button>
        ))}
      {one.status === "published" && one.version > 1 && (
        <Button look="danger-soft" onClick={() => setDialog("withdraw")}>
          {t("rules.withdraw")}
        </Button>
      )}
      <ProblemNote error={submit.error} />
      <PublishDialog version={one.version} open={dialog === "publish"} onOpenChange={() => setDialog(null)} reload={reload} />
      <ReasonDialog
        open={dialog === "withdraw"}
        onOpenChange={() => setDialog(null)}
        title={t("rules.withdraw")}
        text={t("rules.withdrawText")}
        label={t("form.reason")}
        danger
        submit={t("rules.withdraw")}
        onSubmit={async (reason) => {
          await ask(api.POST("/api/licensing/rule-sets/{version}/withdraw", { ...path, body: { reason } }));
          await reload();
        }}
      />
    </>
  );
}

function PublishDialog(props: { version: number; open: boolean; onOpenChange: () => void; reload: () => Promise<void> }) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const [at, setAt] = useState("");
  const [retroactive, setRetroactive] = useState(false);
  const publish = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/api/licensing/rule-sets/{version}/publish", {
          params: { path: { version: props.version } },
          body: { effectiveFrom: at ? new Date(at).toISOString() : null, ...(retroactive && { retroactive }) },
        }),
      ),
    onSuccess: async () => {
      toast(t("rules.isPublished"));
      props.onOpenChange();
      await props.reload();
    },
  });
  const past = publish.error instanceof ApiProblem && publish.error.code === "effective-in-the-past";
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={t("rules.publish")} text={t("rules.publishText")}>
      <form
        className="stack wide"
        onSubmit={(e) => {
          e.preventDefault();
          publish.mutate();
        }}
      >
        <Field label={t("rules.effective")} hint={t("rules.effectiveHint")}>
          {(ids) => <input {...ids} className="input" type="datetime-local" value={at} onChange={(e) => setAt(e.target.value)} />}
        </Field>
        {(past || retroactive) && (
          <label className="choice">
            <input type="checkbox" checked={retroactive} onChange={(e) => setRetroactive(e.target.checked)} />
            <span>{t("rules.retroactive")}</span>
          </label>
        )}
        <ProblemNote error={publish.error} />
        {past && <Note look="warm">{t("rules.pastText")}</Note>}
        <div className="row end">
          <Button look="quiet" onClick={props.onOpenChange}>
            {c("app.cancel")}
          </Button>
          <Button type="submit" look="primary" disabled={publish.isPending}>
            {t("rules.publish")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
