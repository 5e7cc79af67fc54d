import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import { FormDialog } from "../staff/FormDialog";
import { NumberInput, TextInput } from "../staff/forms";
import { AcceptTimeOff, isAway } from "../staff/TimeOff";

/** A session beside the series, to make up for one that fell out. */
export function AddSessionDialog({ group, minutes, onClose }: { group: string; minutes: number; onClose: () => void }) {
  const { t } = useTranslation("staff");
  const [away, setAway] = useState(false);
  const form = useForm({ defaultValues: { startsAt: "", durationMinutes: minutes, acceptTimeOff: false } });
  return (
    <FormDialog
      form={form}
      title={t("session.addTitle")}
      text={t("session.addText")}
      submit={t("session.add")}
      stale={["sessions", group]}
      onClose={onClose}
      save={async (f) => {
        try {
          await ask(
            api.POST("/api/groups/{id}/sessions", {
              params: { path: { id: group } },
              body: {
                startsAt: new Date(f.startsAt).toISOString(),
                durationMinutes: f.durationMinutes,
                ...(f.acceptTimeOff && { acceptTimeOff: true }),
              },
            }),
          );
        } catch (error) {
          setAway((before) => before || isAway(error));
          throw error;
        }

        return t("session.added");
      }}
    >
      <TextInput form={form} name="startsAt" label={t("session.newTime")} hint={t("session.yourZone")} type="datetime-local" required />
      <NumberInput form={form} name="durationMinutes" label={t("session.minutes")} required min={15} max={480} />
      {away && <AcceptTimeOff form={form} name="acceptTimeOff" />}
    </FormDialog>
  );
}
