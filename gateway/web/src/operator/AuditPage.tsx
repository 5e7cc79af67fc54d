import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { CircleCheck, Download, ShieldCheck, TriangleAlert } from "lucide-react";
import { download } from "../account/download";
import { api, ask } from "../api/client";
import { shortStampOf } from "../i18n/times";
import type { Account } from "../session/account";
import { useNames, usePages } from "../staff/data";
import { Pages, ProblemNote, Section, StaffPage, Table } from "../staff/kit";
import { Button, Field, Note } from "../ui/basics";

const services = ["identity", "enrollment", "scheduling", "room", "notifications", "gateway"] as const;
type Service = (typeof services)[number];

/** Every act of every service, in its chain: looked up, verified, taken away. */
export function AuditPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const [service, setService] = useState<string>("enrollment");
  const [subject, setSubject] = useState("");
  const [from, setFrom] = useState("");
  const exportOf = useMutation({ mutationFn: (s: string) => download(`/api/audit/export?service=${s}`, `audit-${s}.ndjson`) });
  const wanted = /^[0-9a-f-]{36}$/i.test(subject.trim()) ? subject.trim() : undefined;
  const entries = usePages(["audit", service, wanted, from], (cursor) =>
    ask(
      api.GET("/api/audit", {
        params: {
          query: {
            service: service || undefined,
            subject: wanted,
            from: from ? new Date(from).toISOString() : undefined,
            limit: 50,
            cursor,
          } as never,
        },
      }),
    ),
  );
  const verify = useMutation({ mutationFn: () => ask(api.GET("/api/audit/verify", { params: { query: {} } as never })) });
  const staff = useQuery({
    queryKey: ["staff-names"],
    queryFn: () => ask(api.GET("/api/identity/accounts", { params: { query: { limit: 500 } } as never })),
    select: (page) => new Map(page.items.map((a) => [a.id, a.displayName])),
    staleTime: 120_000,
  });
  const nameOf = (one: string) => t(`system.name_${one as Service}`);
  const who = (text: string) =>
    text
      .replace(/^service:(.+)$/, (_, part: string) => t("audit.byItself", { part }))
      .replace(/account:([0-9a-f]{8}-[0-9a-f-]{27})/gi, (_, id: string) => staff.data?.get(id) ?? names.member(id));
  return (
    <StaffPage
      account={account}
      title={t("audit.title")}
      intro={t("audit.intro")}
      acts={
        <Button look="primary" disabled={verify.isPending} onClick={() => verify.mutate()}>
          <ShieldCheck aria-hidden />
          {verify.isPending ? t("audit.verifying") : t("audit.verify")}
        </Button>
      }
    >
      <ProblemNote error={verify.error} />
      {verify.data && (
        <Note
          look={verify.data.intact ? "" : "danger"}
          icon={verify.data.intact ? <CircleCheck aria-hidden /> : <TriangleAlert aria-hidden />}
          role="status"
        >
          <strong>{verify.data.intact ? t("audit.intact", { count: verify.data.entries }) : t("audit.broken")}</strong>
          <ul className="plain row">
            {verify.data.services.map((s) => (
              <li key={s.service} className="small">
                {nameOf(s.service)}: {s.intact ? t("audit.entries", { count: s.entries }) : t("audit.brokenAt", { seq: s.firstBroken })}
              </li>
            ))}
          </ul>
        </Note>
      )}
      <Section title={t("audit.entriesTitle")}>
        <div className="form-grid">
          <Field label={t("audit.service")}>
            {(ids) => (
              <select {...ids} className="input" value={service} onChange={(e) => setService(e.target.value)}>
                <option value="">{t("form.all")}</option>
                {services.map((s) => (
                  <option key={s} value={s}>
                    {nameOf(s)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t("audit.subject")} hint={t("audit.subjectHint")}>
            {(ids) => <input {...ids} className="input" value={subject} onChange={(e) => setSubject(e.target.value)} />}
          </Field>
          <Field label={t("audit.from")}>
            {(ids) => <input {...ids} className="input" type="date" value={from} onChange={(e) => setFrom(e.target.value)} />}
          </Field>
        </div>
        <div className="row">
          {(service ? [service] : services).map((s) => (
            <Button key={s} look="plain" onClick={() => exportOf.mutate(s)}>
              <Download aria-hidden />
              {t("audit.export", { service: nameOf(s) })}
            </Button>
          ))}
        </div>
        <ProblemNote error={exportOf.error} />
        <Pages query={entries}>
          {(rows) => (
            <Table
              dense
              caption={t("audit.entriesTitle")}
              rows={rows}
              keyOf={(e) => `${e.service}/${e.seq ?? e.at}/${e.hash ?? e.ref}`}
              empty={t("audit.none")}
              columns={[
                { head: "#", cell: (e) => (service ? (e.seq ?? "…") : `${nameOf(e.service)} ${e.seq ?? "…"}`) },
                { head: t("word.when"), cell: (e) => shortStampOf(e.at) },
                { head: t("audit.act"), cell: (e) => <strong>{e.act}</strong> },
                { head: t("audit.who"), cell: (e) => who(e.who) },
                {
                  head: t("audit.data"),
                  cell: (e) => (
                    <details>
                      <summary>{e.hash ? `${e.hash.slice(0, 10)}…` : t("audit.data")}</summary>
                      <pre>{JSON.stringify({ subject: e.subject, ref: e.ref, data: e.data, hash: e.hash }, null, 1)}</pre>
                    </details>
                  ),
                },
              ]}
            />
          )}
        </Pages>
      </Section>
    </StaffPage>
  );
}
