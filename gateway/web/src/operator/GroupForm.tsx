import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "../i18n";
import { Link, useNavigate, useParams } from "../ui/address";
import { api, ask } from "../api/client";
import { deviceZone } from "../i18n/times";

import type { Account } from "../session/account";
import { useFacilitators, useGroup, usePractices, type GroupDetail } from "../staff/data";
import { CheckInput, NumberInput, SaveRow, SelectInput, showErrors, TextInput, TopicInput } from "../staff/forms";
import { Loaded, ProblemNote, Section, StaffPage } from "../staff/kit";
import { ProgramEditor, programOf, weekFieldOf, weeksOf, type Week } from "../staff/ProgramEditor";
import { AcceptTimeOff, isAway } from "../staff/TimeOff";
import { FreeTimes } from "./FreeTimes";
import { zoneOptions, zones } from "./zones";
import { useFormDraft } from "../session/drafts";
import { toast } from "../ui/basics";
import { DraftNote } from "../ui/DraftNote";

interface Form {
  practice: string;
  name: string;
  topic: string;
  serviceClass: GroupDetail["serviceClass"];
  summary: string;
  capacity: number;
  minimumAge: number;
  modality: GroupDetail["modality"];
  venue: string | null;
  intakeFirst: boolean;
  facilitatorId: string;
  coFacilitatorId: string;
  startsOn: string;
  localTime: string;
  timeZone: string;
  durationMinutes: number;
  weeks: number | null;
  intervalWeeks: string;
  admission: GroupDetail["admission"];
  camera: GroupDetail["policies"]["camera"];
  lateArrivals: boolean;
  chatRetentionDays: number;
  minimumQuorum: number;
  program: Week[];
  acceptTimeOff?: boolean;
}

const classes = ["psychotherapy_group", "skills_education", "psychotherapy_individual", "intake"] as const;

const policiesOf = (f: Form) => ({
  camera: f.camera,
  lateArrivals: f.lateArrivals,
  chatRetentionDays: f.chatRetentionDays,
  minimumQuorum: f.minimumQuorum,
});
// The answer names fields by their path.
const fieldOf = (path: string) => weekFieldOf(path.replace(/^(schedule|policies)\./, ""));

/** A new group and its series. */
export function GroupNewPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const go = useNavigate();
  const queries = useQueryClient();
  const practices = account.practices.filter((p) => p !== "platform");
  const form = useForm<Form>({
    defaultValues: {
      practice: practices[0] ?? "",
      name: "",
      topic: "",
      serviceClass: "psychotherapy_group",
      summary: "",
      capacity: 10,
      minimumAge: 18,
      modality: "video",
      venue: "",
      intakeFirst: false,
      facilitatorId: "",
      coFacilitatorId: "",
      startsOn: "",
      localTime: "18:00",
      timeZone: zones.includes(deviceZone()) ? deviceZone() : zones[0],
      durationMinutes: 60,
      weeks: null,
      intervalWeeks: "1",
      admission: "always",
      camera: "optional",
      lateArrivals: true,
      chatRetentionDays: 30,
      minimumQuorum: 2,
      program: [],
    },
  });
  const submit = async (f: Form) => {
    const made = await ask(
      api.POST("/api/groups", {
        headers: { "Idempotency-Key": crypto.randomUUID() },
        body: {
          practice: f.practice,
          name: f.name,
          topic: f.topic,
          serviceClass: f.serviceClass,
          summary: f.summary || null,
          capacity: f.capacity,
          minimumAge: f.minimumAge,
          modality: f.modality,
          venue: f.modality === "in_person" ? f.venue : null,
          intakeFirst: f.intakeFirst,
          facilitatorId: f.facilitatorId,
          coFacilitatorIds: f.coFacilitatorId ? [f.coFacilitatorId] : [],
          schedule: {
            startsOn: f.startsOn,
            localTime: f.localTime,
            timeZone: f.timeZone,
            durationMinutes: f.durationMinutes,
            weeks: f.weeks,
            intervalWeeks: Number(f.intervalWeeks),
          },
          admission: f.admission,
          program: programOf(f.program),
          policies: policiesOf(f),
          ...(f.acceptTimeOff && { acceptTimeOff: true }),
        },
      }),
    );
    await queries.invalidateQueries({ queryKey: ["groups"] });
    toast(t("groups.opened"));
    void go(`/operate/groups/${(made as GroupDetail).id}`);
  };
  return (
    <StaffPage
      account={account}
      title={t("groups.new")}
      intro={t("groups.newIntro")}
      back={<Link to="/operate/groups">{t("groups.back")}</Link>}
    >
      <GroupForm form={form} practices={practices} submit={submit} label={t("groups.open")} draft="group/new" isNew />
    </StaffPage>
  );
}

/** The fields of a group that can be changed while it meets. */
export function GroupEditPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { id = "" } = useParams();
  const group = useGroup(id, true);
  return (
    <StaffPage
      account={account}
      title={t("groups.edit")}
      intro={t("groups.editIntro")}
      back={<Link to={`/operate/groups/${id}`}>{t("word.back")}</Link>}
    >
      <Loaded query={group}>{(g) => <EditForm group={g} />}</Loaded>
    </StaffPage>
  );
}

function EditForm({ group: g }: { group: GroupDetail }) {
  const { t } = useTranslation("staff");
  const go = useNavigate();
  const queries = useQueryClient();
  const form = useForm<Form>({
    defaultValues: {
      ...g,
      ...g.policies,
      facilitatorId: g.facilitator.id,
      program: weeksOf(g.program),
    },
  });
  const submit = async (f: Form) => {
    const saved = await ask(
      api.PATCH("/api/groups/{id}", {
        params: { path: { id: g.id }, header: { "If-Match": `"${g.version}"` } as never },
        headers: { "If-Match": `"${g.version}"` },
        body: {
          name: f.name,
          topic: f.topic,
          serviceClass: f.serviceClass,
          summary: f.summary,
          capacity: f.capacity,
          minimumAge: f.minimumAge,
          intakeFirst: f.intakeFirst,
          program: programOf(f.program),
          policies: policiesOf(f),
        },
      }),
    );
    queries.setQueryData(["group", g.id], saved);
    await queries.invalidateQueries({ queryKey: ["groups"] });
    toast(t("form.saved"));
    void go(`/operate/groups/${g.id}`);
  };
  return (
    <GroupForm form={form} practices={[g.practice]} submit={submit} label={t("form.save")} draft={`group/${g.id}`} version={g.version} />
  );
}

function GroupForm(props: {
  form: UseFormReturn<Form>;
  practices: string[];
  submit: (f: Form) => Promise<void>;
  label: string;
  /** Under which name what is typed is kept. */
  draft: string;
  version?: number;
  isNew?: boolean;
}) {
  const { t } = useTranslation("staff");
  const { form, isNew = false } = props;
  const [problem, setProblem] = useState<unknown>(null);
  const [away, setAway] = useState(false);
  const facilitators = useFacilitators(isNew);
  const practices = usePractices();
  const practice = form.watch("practice");
  const inPerson = form.watch("modality") === "in_person";
  const topics = practices.data?.find((p) => p.id === practice)?.topics ?? [];
  const people = (facilitators.data ?? [])
    .filter((f) => f.practices.includes(practice))
    .map((f): [string, string] => [f.id, f.displayName]);
  const kept = useFormDraft(form, props.draft, props.version);
  const onSubmit = form.handleSubmit(async (f) => {
    setProblem(null);
    try {
      await props.submit(f);
      kept.drop();
    } catch (error) {
      setProblem(showErrors(form, error, fieldOf));
      setAway((before) => before || isAway(error));
    }
  });
  return (
    <form className="stack wide" onSubmit={onSubmit} noValidate>
      <DraftNote kept={kept} />
      <Section title={t("groups.about")}>
        <div className="form-grid">
          {isNew && props.practices.length > 1 && (
            <SelectInput
              form={form}
              name="practice"
              label={t("word.practice")}
              options={props.practices.map((p) => [p, practices.data?.find((x) => x.id === p)?.name ?? p])}
            />
          )}
          <TextInput form={form} name="name" label={t("groups.name")} required maxLength={120} />
          <TopicInput form={form} name="topic" topics={topics} known={form.getValues("topic")} />
          <SelectInput form={form} name="serviceClass" label={t("groups.class")} options={classes.map((x) => [x, t(`class.${x}`)])} />
          <NumberInput form={form} name="capacity" label={t("groups.capacity")} required min={1} max={500} />
          <NumberInput form={form} name="minimumAge" label={t("groups.minimumAge")} required min={0} max={120} />
        </div>
        <TextInput form={form} name="summary" label={t("groups.summary")} hint={t("groups.summaryHint")} rows={3} maxLength={4000} />
        <CheckInput form={form} name="intakeFirst" label={t("groups.intakeFirst")} />
      </Section>
      {isNew && (
        <Section title={t("groups.when")}>
          <div className="form-grid">
            <SelectInput
              form={form}
              name="facilitatorId"
              label={t("word.facilitator")}
              required
              empty={t("form.choose")}
              options={people}
            />
            <SelectInput form={form} name="coFacilitatorId" label={t("groups.co")} empty={t("groups.nobody")} options={people} />
            <TextInput form={form} name="startsOn" label={t("groups.startsOn")} type="date" required />
            <TextInput form={form} name="localTime" label={t("groups.localTime")} type="time" required />
            <SelectInput form={form} name="timeZone" label={t("groups.zone")} options={zoneOptions()} />
            <NumberInput form={form} name="durationMinutes" label={t("groups.duration")} required min={15} max={240} />
            <NumberInput form={form} name="weeks" label={t("groups.weeks")} hint={t("groups.weeksHint")} min={1} max={104} />
            <SelectInput
              form={form}
              name="intervalWeeks"
              label={t("groups.interval")}
              options={[
                ["1", t("groups.everyWeek")],
                ["2", t("groups.everySecond")],
              ]}
            />
            <SelectInput
              form={form}
              name="admission"
              label={t("groups.admission")}
              options={(["always", "marked", "cohort"] as const).map((x) => [x, t(`groups.admission_${x}`)])}
            />
            <SelectInput
              form={form}
              name="modality"
              label={t("groups.modality")}
              options={(["video", "in_person"] as const).map((x) => [x, t(`groups.${x}`)])}
            />
          </div>
          <FreeTimes
            practice={practice}
            facilitatorId={form.watch("facilitatorId")}
            durationMinutes={form.watch("durationMinutes") || 60}
            timeZone={form.watch("timeZone")}
            startsOn={form.watch("startsOn")}
            onTake={(slot) =>
              (["facilitatorId", "localTime", "startsOn"] as const).forEach((field) =>
                form.setValue(field, slot[field], { shouldDirty: true, shouldValidate: form.formState.isSubmitted }),
              )
            }
          />
          {inPerson && (
            <TextInput form={form} name="venue" label={t("groups.venue")} hint={t("groups.venueHint")} required maxLength={300} />
          )}
        </Section>
      )}
      <Section title={t("groups.program")} text={t("groups.programText")}>
        <ProgramEditor form={form} library={practice} />
      </Section>
      <Section title={t("groups.policies")}>
        <div className="form-grid">
          {!inPerson && (
            <SelectInput
              form={form}
              name="camera"
              label={t("groups.camera")}
              options={(["optional", "expected", "off"] as const).map((x) => [x, t(`camera.${x}`)])}
            />
          )}
          <NumberInput form={form} name="minimumQuorum" label={t("groups.quorum")} required min={1} max={500} />
          <NumberInput form={form} name="chatRetentionDays" label={t("groups.retention")} required min={0} max={3650} />
        </div>
        <CheckInput form={form} name="lateArrivals" label={t("groups.late")} />
      </Section>
      <ProblemNote error={problem} />
      {away && <AcceptTimeOff form={form} name="acceptTimeOff" />}
      <SaveRow form={form} label={props.label} />
    </form>
  );
}
