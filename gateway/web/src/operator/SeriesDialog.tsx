import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "../i18n";
import { api, ApiProblem, ask } from "../api/client";
import { dayName } from "../i18n/times";
import { useFacilitators, type GroupDetail } from "../staff/data";
import { FormDialog } from "../staff/FormDialog";
import { CheckInput, NumberInput, SelectInput, TextInput } from "../staff/forms";
import { AcceptTimeOff, isAway } from "../staff/TimeOff";
import { Note } from "../ui/basics";
import { zoneOptions } from "./zones";

const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

interface Form {
  from: string;
  dayOfWeek: string;
  localTime: string;
  durationMinutes: number;
  facilitatorId: string;
  venue: string;
  timeZone: string;
  intervalWeeks: string;
  acceptPartial: boolean;
  acceptTimeOff: boolean;
}

/** Another day, time or facilitator for all sessions from a date on. What stays the same is not sent. */
export function SeriesDialog({ group: g, onClose }: { group: GroupDetail; onClose: () => void }) {
  const { t } = useTranslation("staff");
  const facilitators = useFacilitators();
  const [partial, setPartial] = useState(false);
  const [away, setAway] = useState(false);
  const form = useForm<Form>({
    defaultValues: {
      from: "",
      dayOfWeek: g.schedule.dayOfWeek,
      localTime: g.schedule.localTime,
      durationMinutes: g.schedule.durationMinutes,
      facilitatorId: g.facilitator.id,
      venue: g.venue ?? "",
      timeZone: g.schedule.timeZone,
      intervalWeeks: String(g.schedule.intervalWeeks),
      acceptPartial: false,
      acceptTimeOff: false,
    },
  });
  const people = (facilitators.data ?? [])
    .filter((f) => f.practices.includes(g.practice) || f.id === g.facilitator.id)
    .map((f): [string, string] => [f.id, f.displayName]);
  const changed = <T,>(now: T, before: T): T | null => (now === before ? null : now);
  const save = async (f: Form) => {
    try {
      await ask(
        api.POST("/api/groups/{id}/changes", {
          params: { path: { id: g.id } },
          headers: { "If-Match": `"${g.version}"` },
          body: {
            from: f.from,
            dayOfWeek: changed(f.dayOfWeek, g.schedule.dayOfWeek) as (typeof days)[number] | null,
            localTime: changed(f.localTime, g.schedule.localTime),
            durationMinutes: changed(f.durationMinutes, g.schedule.durationMinutes),
            facilitatorId: changed(f.facilitatorId, g.facilitator.id),
            timeZone: changed(f.timeZone, g.schedule.timeZone),
            intervalWeeks: changed(Number(f.intervalWeeks), g.schedule.intervalWeeks),
            venue: changed(f.venue, g.venue ?? ""),
            ...(f.acceptPartial && { acceptPartial: true }),
            ...(f.acceptTimeOff && { acceptTimeOff: true }),
          },
        }),
      );
    } catch (error) {
      setPartial((before) => before || (error instanceof ApiProblem && error.code === "substitute-not-authorised"));
      setAway((before) => before || isAway(error));
      throw error;
    }

    return t("series.saved");
  };
  return (
    <FormDialog
      form={form}
      title={t("series.title")}
      text={t("series.text")}
      submit={t("series.submit")}
      save={save}
      stale={["group", g.id]}
      onClose={onClose}
    >
      <TextInput form={form} name="from" label={t("series.from")} hint={t("series.fromHint")} type="date" required />
      <div className="form-grid">
        <SelectInput form={form} name="dayOfWeek" label={t("series.day")} options={days.map((d) => [d, dayName(d)])} />
        <TextInput form={form} name="localTime" label={t("groups.localTime")} type="time" required />
        <NumberInput form={form} name="durationMinutes" label={t("groups.duration")} required min={15} max={480} />
        <SelectInput form={form} name="timeZone" label={t("groups.zone")} options={zoneOptions(g.schedule.timeZone)} />
        <SelectInput
          form={form}
          name="intervalWeeks"
          label={t("groups.interval")}
          options={[
            ["1", t("groups.everyWeek")],
            ["2", t("groups.everySecond")],
          ]}
        />
        {people.length > 0 && <SelectInput form={form} name="facilitatorId" label={t("word.facilitator")} options={people} />}
      </div>
      {g.modality === "in_person" && <TextInput form={form} name="venue" label={t("groups.venue")} required maxLength={300} />}
      {partial && (
        <Note look="warm">
          <CheckInput form={form} name="acceptPartial" label={t("series.partial")} />
        </Note>
      )}
      {away && <AcceptTimeOff form={form} name="acceptTimeOff" />}
    </FormDialog>
  );
}
