import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { api, ask } from "../api/client";
import { useTranslation } from "../i18n";
import type { Account } from "../session/account";
import { useFormDraft } from "../session/drafts";
import { useGroup, type GroupDetail } from "../staff/data";
import { SaveRow, showErrors } from "../staff/forms";
import { Loaded, ProblemNote, Section, StaffPage } from "../staff/kit";
import { ProgramEditor, programOf, weekFieldOf, weeksOf, type Week } from "../staff/ProgramEditor";
import { Link, useNavigate, useParams } from "../ui/address";
import { toast } from "../ui/basics";
import { DraftNote } from "../ui/DraftNote";

/** The program of one's own group: what each week is about, and the homework. */
export function ProgramPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { id = "" } = useParams();
  const group = useGroup(id, true);
  return (
    <StaffPage
      account={account}
      title={t("groups.program")}
      intro={group.data ? t("programs.ofGroup", { group: group.data.name }) : undefined}
      back={<Link to={`/lead/groups/${id}`}>{t("word.back")}</Link>}
    >
      <Loaded query={group}>{(g) => <ProgramForm key={g.version} group={g} />}</Loaded>
    </StaffPage>
  );
}

function ProgramForm({ group: g }: { group: GroupDetail }) {
  const { t } = useTranslation("staff");
  const go = useNavigate();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const form = useForm<{ program: Week[] }>({ defaultValues: { program: weeksOf(g.program) } });
  const kept = useFormDraft(form, `program/${g.id}`, g.version);
  const submit = form.handleSubmit(async ({ program }) => {
    setProblem(null);
    try {
      const saved = await ask(
        api.PATCH("/api/groups/{id}", {
          params: { path: { id: g.id } },
          headers: { "If-Match": `"${g.version}"` },
          body: { program: programOf(program) },
        }),
      );
      kept.drop();
      queries.setQueryData(["group", g.id], saved);
      toast(t("form.saved"));
      go(`/lead/groups/${g.id}`);
    } catch (error) {
      setProblem(showErrors(form, error, weekFieldOf));
    }
  });
  return (
    <form className="stack wide" onSubmit={submit} noValidate>
      <DraftNote kept={kept} />
      <Section title={t("programs.weeks")} text={t("groups.programText")}>
        <ProgramEditor form={form} library={g.practice} />
      </Section>
      <ProblemNote error={problem} />
      <SaveRow form={form} />
    </form>
  );
}
