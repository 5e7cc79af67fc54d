import { useState } from "react";
import { useTranslation } from "../i18n";
import { Siren } from "lucide-react";
import { api, ask } from "../api/client";
import { EmergencyFacts, type Sheet } from "../staff/EmergencyFacts";
import { ProblemNote } from "../staff/kit";
import { Button, Dialog, Field } from "../ui/basics";

/** For an emergency: who a member is, whom to call, where they are. It needs a reason, and the member is told. */
export default function EmergencySheet({
  session,
  participantId,
  alias,
  crisis,
  onCrisis,
}: {
  session: string;
  participantId: string;
  alias: string;
  /** While a crisis is open, no member is sent away for a licence. */
  crisis: boolean;
  onCrisis: (open: boolean) => Promise<boolean>;
}) {
  const { t } = useTranslation("staff");
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const show = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setSheet(
        await ask(
          api.POST("/api/sessions/{id}/participants/{participantId}/emergency", {
            params: { path: { id: session, participantId } },
            body: { reason },
          }),
        ),
      );
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const change = (value: boolean) => {
    setOpen(value);
    if (!value) {
      // Nothing of it stays on the screen once it is closed.
      setSheet(null);
      setReason("");
      setProblem(null);
    }
  };
  return (
    <>
      <Button
        look="danger-soft"
        size="icon"
        aria-label={t("emergency.button", { alias })}
        title={t("emergency.button", { alias })}
        onClick={() => change(true)}
      >
        <Siren aria-hidden />
      </Button>
      <Dialog open={open} onOpenChange={change} title={t("emergency.title", { alias })} text={t("emergency.text", { alias })}>
        {sheet ? (
          <EmergencyFacts sheet={sheet} />
        ) : (
          <form
            className="stack wide"
            onSubmit={(e) => {
              e.preventDefault();
              void show();
            }}
          >
            <Field label={t("emergency.reason")}>
              {(ids) => (
                <textarea
                  {...ids}
                  className="input"
                  rows={2}
                  required
                  maxLength={200}
                  value={reason}
                  onChange={(e) => setReason(e.target.value)}
                />
              )}
            </Field>
            <ProblemNote error={problem} />
            <Button type="submit" look="danger" size="large wide" disabled={busy}>
              {t("emergency.show")}
            </Button>
          </form>
        )}
        <section className="stack wide tight crisis-part" aria-label={t("emergency.crisis")}>
          <h3>{t("emergency.crisis")}</h3>
          <p className="soft small">{crisis ? t("emergency.crisisIs") : t("emergency.crisisText")}</p>
          <div>
            <Button look={crisis ? "plain" : "danger-soft"} onClick={() => void onCrisis(!crisis)}>
              {crisis ? t("emergency.crisisClose") : t("emergency.crisisOpen")}
            </Button>
          </div>
        </section>
      </Dialog>
    </>
  );
}
