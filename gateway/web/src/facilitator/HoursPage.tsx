import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useFieldArray, useForm } from "react-hook-form";
import { useTranslation } from "../i18n";
import { Plus, Trash2 } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { dayName, zoneName } from "../i18n/times";
import type { Account } from "../session/account";
import { useFormDraft } from "../session/drafts";
import { NumberInput, SaveRow, SelectInput, showErrors, TextInput } from "../staff/forms";
import { Loaded, ProblemNote, Section, StaffPage } from "../staff/kit";
import { Button, toast } from "../ui/basics";
import { DraftNote } from "../ui/DraftNote";

type Availability = components["schemas"]["scheduling.Availability"];
const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** When one works and when one is away. Sessions that fall into time off show up with the operators, who find a substitute. */
export function HoursPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const mine = useQuery({
    queryKey: ["availability"],
    queryFn: () => ask(api.GET("/api/me/availability", {})) as Promise<Availability>,
    refetchOnWindowFocus: false,
  });
  return (
    <StaffPage account={account} title={t("hours.title")} intro={t("hours.intro")}>
      <Loaded query={mine}>{(known) => <HoursForm key={known.version} known={known} />}</Loaded>
    </StaffPage>
  );
}

// Date-and-time fields show the device's clock.
const localOf = (at: string) => {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

interface Form {
  weekly: { dayOfWeek: string; from: string; to: string }[];
  timeOff: { from: string; to: string }[];
  breakMinutes: number;
  travelMinutes: number;
  noticeHours: number;
  horizonDays: number;
  individual: number | null;
  intake: number | null;
}

function HoursForm({ known }: { known: Availability }) {
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const minutesOf = (kind: string) => known.bookable.find((b) => b.serviceClass === kind)?.durationMinutes ?? null;
  const form = useForm<Form>({
    defaultValues: {
      weekly: known.weekly.map((w) => ({ dayOfWeek: w.dayOfWeek, from: w.from, to: w.to === "24:00" ? "23:59" : w.to })),
      timeOff: known.timeOff.map((o) => ({ from: localOf(o.from), to: localOf(o.to) })),
      breakMinutes: known.breakMinutes,
      travelMinutes: known.travelMinutes,
      noticeHours: known.noticeHours,
      horizonDays: known.horizonDays,
      individual: minutesOf("psychotherapy_individual"),
      intake: minutesOf("intake"),
    },
  });
  const weekly = useFieldArray({ control: form.control, name: "weekly" });
  const timeOff = useFieldArray({ control: form.control, name: "timeOff" });
  const kept = useFormDraft(form, "hours", known.version);
  const submit = form.handleSubmit(async (f) => {
    setProblem(null);
    try {
      const saved = await ask(
        api.PUT("/api/me/availability", {
          headers: { "If-Match": `"${known.version}"` },
          body: {
            timeZone: known.timeZone,
            weekly: f.weekly.map((w) => ({ ...w, to: w.to === "23:59" ? "24:00" : w.to })) as Availability["weekly"],
            timeOff: f.timeOff.map((o) => ({ from: new Date(o.from).toISOString(), to: new Date(o.to).toISOString() })),
            bookable: [
              ...(f.individual ? [{ serviceClass: "psychotherapy_individual" as const, durationMinutes: f.individual }] : []),
              ...(f.intake ? [{ serviceClass: "intake" as const, durationMinutes: f.intake }] : []),
            ],
            breakMinutes: f.breakMinutes,
            travelMinutes: f.travelMinutes,
            noticeHours: f.noticeHours,
            horizonDays: f.horizonDays,
          },
        }),
      );
      queries.setQueryData(["availability"], saved);
      kept.drop();
      toast(t("form.saved"));
    } catch (error) {
      setProblem(showErrors(form, error, (path) => path.replace(/\[(\d+)\]/g, ".$1")));
    }
  });
  return (
    <form className="stack wide" onSubmit={submit} noValidate>
      <DraftNote kept={kept} />
      <Section title={t("hours.away")} text={t("hours.awayText")}>
        {timeOff.fields.map((field, i) => (
          <div key={field.id} className="line-editor">
            <TextInput form={form} name={`timeOff.${i}.from`} label={t("hours.from")} type="datetime-local" required />
            <TextInput form={form} name={`timeOff.${i}.to`} label={t("hours.to")} type="datetime-local" required />
            <Button look="quiet" size="icon" aria-label={t("hours.removeAway", { number: i + 1 })} onClick={() => timeOff.remove(i)}>
              <Trash2 aria-hidden />
            </Button>
          </div>
        ))}
        <div>
          <Button look="plain" onClick={() => timeOff.append({ from: "", to: "" })}>
            <Plus aria-hidden />
            {t("hours.addAway")}
          </Button>
        </div>
      </Section>
      <Section title={t("hours.weekly")} text={t("hours.weeklyText", { zone: zoneName(known.timeZone) })}>
        {weekly.fields.map((field, i) => (
          <div key={field.id} className="line-editor three">
            <SelectInput form={form} name={`weekly.${i}.dayOfWeek`} label={t("hours.day")} options={days.map((d) => [d, dayName(d)])} />
            <TextInput form={form} name={`weekly.${i}.from`} label={t("hours.from")} type="time" required />
            <TextInput form={form} name={`weekly.${i}.to`} label={t("hours.to")} type="time" required />
            <Button look="quiet" size="icon" aria-label={t("hours.removeWeekly", { number: i + 1 })} onClick={() => weekly.remove(i)}>
              <Trash2 aria-hidden />
            </Button>
          </div>
        ))}
        <div>
          <Button look="plain" onClick={() => weekly.append({ dayOfWeek: "monday", from: "09:00", to: "17:00" })}>
            <Plus aria-hidden />
            {t("hours.addWeekly")}
          </Button>
        </div>
        <div className="form-grid">
          <NumberInput form={form} name="breakMinutes" label={t("hours.break")} required min={0} max={120} />
          <NumberInput form={form} name="travelMinutes" label={t("hours.travel")} required min={0} max={240} />
        </div>
      </Section>
      <Section title={t("hours.booking")} text={t("hours.bookingText")}>
        <div className="form-grid">
          <NumberInput form={form} name="individual" label={t("hours.individual")} hint={t("hours.notOffered")} min={15} max={480} />
          <NumberInput form={form} name="intake" label={t("hours.intake")} hint={t("hours.notOffered")} min={15} max={480} />
          <NumberInput form={form} name="noticeHours" label={t("hours.notice")} required min={0} max={720} />
          <NumberInput form={form} name="horizonDays" label={t("hours.horizon")} required min={1} max={366} />
        </div>
      </Section>
      <ProblemNote error={problem} />
      <SaveRow form={form} />
    </form>
  );
}
