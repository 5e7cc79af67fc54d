import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Plus } from "lucide-react";
import { api, ask } from "../api/client";
import { useTranslation } from "../i18n";
import { momentOf } from "../i18n/times";
import { topicName } from "../pages/topics";
import type { Account } from "../session/account";
import { useFormDraft } from "../session/drafts";
import { usePractices } from "../staff/data";
import { SaveRow, showErrors, TextInput, TopicInput } from "../staff/forms";
import { Loaded, ProblemNote, Section, StaffPage, Table } from "../staff/kit";
import { ProgramEditor, programOf, programQuery, useLibrary, weekFieldOf, weeksOf, type Week } from "../staff/ProgramEditor";
import { Link, useNavigate, useParams } from "../ui/address";
import { toast } from "../ui/basics";
import { DraftNote } from "../ui/DraftNote";

/** The programs that groups of a practice can begin with. */
export function ProgramsPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const practices = usePractices();
  return (
    <StaffPage account={account} title={t("programs.title")} intro={t("programs.intro")}>
      <Loaded query={practices}>
        {(all) => (
          <>
            {all
              .filter((p) => account.practices.includes(p.id) && p.id !== "platform")
              .map((p) => (
                <Library key={p.id} practice={p.id} name={p.name} />
              ))}
          </>
        )}
      </Loaded>
    </StaffPage>
  );
}

function Library({ practice, name }: { practice: string; name: string }) {
  const { t } = useTranslation("staff");
  const library = useLibrary(practice);
  const at = `/operate/programs/${practice}`;
  return (
    <Section
      title={name}
      acts={
        <Link className="button primary" to={`${at}/new`}>
          <Plus aria-hidden />
          {t("programs.new")}
        </Link>
      }
    >
      <Loaded query={library}>
        {(programs) => (
          <Table
            caption={t("programs.title")}
            rows={programs}
            keyOf={(p) => p.id}
            empty={t("programs.none")}
            columns={[
              { head: t("word.name"), cell: (p) => <Link to={`${at}/${p.id}`}>{p.title}</Link> },
              { head: t("groups.topic"), cell: (p) => topicName(p.topic) },
              { head: t("groups.weeks"), cell: (p) => p.weeks },
              { head: t("programs.changed"), cell: (p) => momentOf(p.changedAt) },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

interface Form {
  title: string;
  topic: string;
  program: Week[];
}

/** One program: its weeks can be written anew, and groups that meet keep their copy. */
export function ProgramEditPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { practice = "", id = "" } = useParams();
  const isNew = id === "new";
  const program = useQuery({ ...programQuery(practice, id), enabled: !isNew, refetchOnWindowFocus: false });
  const frame = {
    account,
    title: isNew ? t("programs.new") : (program.data?.title ?? t("groups.program")),
    intro: isNew ? undefined : t("programs.copies"),
    back: <Link to="/operate/programs">{t("programs.title")}</Link>,
  };
  return (
    <StaffPage {...frame}>
      {isNew ? (
        <ProgramForm practice={practice} id={id} version={0} known={{ title: "", topic: "", program: [] }} />
      ) : (
        <Loaded query={program}>
          {(p) => (
            <ProgramForm
              key={p.version}
              practice={practice}
              id={id}
              version={p.version}
              known={{ title: p.title, topic: p.topic, program: weeksOf(p.program) }}
            />
          )}
        </Loaded>
      )}
    </StaffPage>
  );
}

function ProgramForm({ practice, id, version, known }: { practice: string; id: string; version: number; known: Form }) {
  const { t } = useTranslation("staff");
  const go = useNavigate();
  const queries = useQueryClient();
  const practices = usePractices();
  const [problem, setProblem] = useState<unknown>(null);
  const form = useForm<Form>({ defaultValues: known });
  const kept = useFormDraft(form, `programs/${practice}/${id}`, version);
  const topics = practices.data?.find((p) => p.id === practice)?.topics ?? [];
  const submit = form.handleSubmit(async (f) => {
    setProblem(null);
    const body = { title: f.title, topic: f.topic, program: programOf(f.program) };
    try {
      await ask(
        version === 0
          ? api.POST("/api/practices/{id}/programs", {
              params: { path: { id: practice } },
              headers: { "Idempotency-Key": crypto.randomUUID() },
              body,
            })
          : api.PUT("/api/practices/{id}/programs/{programId}", {
              params: { path: { id: practice, programId: id } },
              headers: { "If-Match": `"${version}"` },
              body,
            }),
      );
      kept.drop();
      await queries.invalidateQueries({ queryKey: ["programs", practice] });
      queries.removeQueries({ queryKey: ["program", practice, id] });
      toast(t("form.saved"));
      go("/operate/programs");
    } catch (error) {
      setProblem(showErrors(form, error, weekFieldOf));
    }
  });
  return (
    <form className="stack wide" onSubmit={submit} noValidate>
      <DraftNote kept={kept} />
      <Section title={t("programs.about")}>
        <div className="form-grid">
          <TextInput form={form} name="title" label={t("groups.weekTitle")} required maxLength={200} />
          <TopicInput form={form} name="topic" topics={topics} known={known.topic} />
        </div>
      </Section>
      <Section title={t("programs.weeks")} text={t("groups.programText")}>
        <ProgramEditor form={form} needed />
      </Section>
      <ProblemNote error={problem} />
      <SaveRow form={form} />
    </form>
  );
}
