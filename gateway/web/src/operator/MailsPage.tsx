import { useState } from "react";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import { momentOf } from "../i18n/times";
import type { Account } from "../session/account";
import { useNames, usePages } from "../staff/data";
import { Badge, nothing, Pages, StaffPage, Table } from "../staff/kit";
import { Field } from "../ui/basics";

const looks = { sent: "accent", refused: "danger", bounced: "danger", "in-doubt": "warm" } as Record<
  string,
  "" | "accent" | "warm" | "danger"
>;
const states = ["waiting", "sending", "sent", "refused", "bounced", "in-doubt", "dropped", "merged"] as const;

/** The delivery log: which mail went to whom, and whether it was sent; never its text. */
export function MailsPage({ account }: { account: Account }) {
  const { t, i18n } = useTranslation("staff");
  const names = useNames();
  const [state, setState] = useState("");
  const mails = usePages(["mails", state], (cursor) =>
    ask(api.GET("/api/notifications/log", { params: { query: { mailState: state || undefined, limit: 50, cursor } as never } })),
  );
  const why = (code: string) => (i18n.exists(`mails.why_${code}`) ? t(`mails.why_${code}` as "mails.why_settled") : code);
  const word = (code: string) => (i18n.exists(`mails.${code}`) ? t(`mails.${code}` as "mails.sent") : code);
  return (
    <StaffPage account={account} title={t("mails.title")} intro={t("mails.intro")}>
      <section className="card stack wide" aria-label={t("mails.title")}>
        <Field label={t("word.status")}>
          {(ids) => (
            <select {...ids} className="input small-input" value={state} onChange={(e) => setState(e.target.value)}>
              <option value="">{t("form.all")}</option>
              {states.map((s) => (
                <option key={s} value={s}>
                  {word(s)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Pages query={mails}>
          {(rows) => (
            <Table
              dense
              caption={t("mails.title")}
              rows={rows}
              keyOf={(m) => m.id}
              empty={t("mails.none")}
              columns={[
                { head: t("word.when"), cell: (m) => momentOf(m.createdAt) },
                { head: t("mails.kind"), cell: (m) => (i18n.exists(`mailKinds.${m.kind}`) ? t(`mailKinds.${m.kind}`) : m.kind) },
                { head: t("mails.to"), cell: (m) => (m.accountId ? names.person(m.accountId) : nothing) },
                { head: t("word.status"), cell: (m) => <Badge look={looks[m.state] ?? ""}>{word(m.state)}</Badge> },
                { head: t("work.attempts"), num: true, cell: (m) => m.attempts },
                { head: t("work.error"), cell: (m) => (m.error ? why(m.error) : nothing) },
              ]}
            />
          )}
        </Pages>
      </section>
    </StaffPage>
  );
}
