import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "../i18n";
import { api, ask } from "../api/client";
import type { Session } from "../staff/data";
import { ProblemNote } from "../staff/kit";
import { isAway } from "../staff/TimeOff";
import { Button, Dialog, Field, toast } from "../ui/basics";

// A date-and-time field shows the device's clock.
function localInput(at: string): string {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Another time or another length for one session. */
export function MoveDialog(props: { session: Session; open: boolean; onOpenChange: () => void; reload: () => Promise<void> }) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const [at, setAt] = useState(() => localInput(props.session.startsAt));
  const planned = Math.round((new Date(props.session.endsAt).getTime() - new Date(props.session.startsAt).getTime()) / 60_000);
  const [minutes, setMinutes] = useState(planned);
  const move = useMutation({
    mutationFn: (acceptTimeOff: boolean) =>
      ask(
        api.POST("/api/sessions/{id}/reschedule", {
          params: { path: { id: props.session.id } },
          body: {
            startsAt: new Date(at).toISOString(),
            ...(minutes !== planned && { durationMinutes: minutes }),
            ...(acceptTimeOff && { acceptTimeOff }),
          },
        }) as never,
      ),
    onSuccess: async () => {
      toast(t("session.moved"));
      props.onOpenChange();
      await props.reload();
    },
  });
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={t("session.moveTitle")} text={t("session.moveText")}>
      <form
        className="stack wide"
        onSubmit={(e) => {
          e.preventDefault();
          move.mutate(isAway(move.error));
        }}
      >
        <Field label={t("session.newTime")} hint={t("session.yourZone")}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              type="datetime-local"
              required
              value={at}
              onChange={(e) => (setAt(e.target.value), move.reset())}
            />
          )}
        </Field>
        <Field label={t("session.minutes")}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              type="number"
              inputMode="numeric"
              required
              min={15}
              max={480}
              value={minutes}
              onChange={(e) => (setMinutes(Number(e.target.value)), move.reset())}
            />
          )}
        </Field>
        <ProblemNote error={move.error} />
        <div className="row end">
          <Button look="quiet" onClick={props.onOpenChange}>
            {c("app.cancel")}
          </Button>
          <Button type="submit" look="primary" disabled={move.isPending}>
            {isAway(move.error) ? t("session.moveAway") : t("session.move")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
