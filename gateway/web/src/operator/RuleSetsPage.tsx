import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { Link, useNavigate } from "../ui/address";
import { Plus } from "lucide-react";
import { api, ask } from "../api/client";
import { effectiveOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Badge, Loaded, ReasonDialog, StaffPage, Table } from "../staff/kit";
import { Button } from "../ui/basics";

export const statusLooks = { draft: "", in_review: "warm", published: "accent", withdrawn: "danger" } as const;

/** The versions of the law as data. */
export function RuleSetsPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const go = useNavigate();
  const queries = useQueryClient();
  const [drafting, setDrafting] = useState(false);
  const sets = useQuery({
    queryKey: ["rule-sets"],
    queryFn: () => ask(api.GET("/api/licensing/rule-sets", { params: { query: { limit: 200 } } as never })),
    select: (page) => [...page.items].sort((a, b) => b.version - a.version),
  });
  const draft = useMutation({
    mutationFn: (note: string) => ask(api.POST("/api/licensing/rule-sets", { body: { note: note || null } })),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["rule-sets"] });
      void go(`/operate/rules/${made.version}`);
    },
  });
  return (
    <StaffPage
      account={account}
      title={t("rules.title")}
      intro={t("rules.intro")}
      acts={
        <Button look="primary" onClick={() => setDrafting(true)}>
          <Plus aria-hidden />
          {t("rules.newDraft")}
        </Button>
      }
    >
      <section className="card" aria-label={t("rules.title")}>
        <Loaded query={sets}>
          {(rows) => (
            <Table
              caption={t("rules.title")}
              rows={rows}
              keyOf={(r) => String(r.version)}
              columns={[
                {
                  head: t("rules.version"),
                  cell: (r) => <Link to={`/operate/rules/${r.version}`}>{t("rules.numbered", { version: r.version })}</Link>,
                },
                { head: t("word.status"), cell: (r) => <Badge look={statusLooks[r.status]}>{t(`rules.${r.status}`)}</Badge> },
                { head: t("rules.effective"), cell: (r) => (r.effectiveFrom ? effectiveOf(r.effectiveFrom) : "—") },
                { head: t("rules.note"), cell: (r) => r.note ?? "—" },
              ]}
            />
          )}
        </Loaded>
      </section>
      <ReasonDialog
        open={drafting}
        onOpenChange={setDrafting}
        title={t("rules.newDraft")}
        text={t("rules.draftText")}
        label={t("rules.note")}
        optional
        submit={t("rules.newDraft")}
        onSubmit={(note) => draft.mutateAsync(note)}
      />
    </StaffPage>
  );
}
