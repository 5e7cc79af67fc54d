import { useState } from "react";
import { useTranslation } from "../i18n";
import { MessageCircle, Phone } from "lucide-react";
import { Button, Dialog, Field, toast } from "./basics";

/** Crisis lines to call now; and, in a session, its facilitators. */
export function CrisisHelp(props: { open: boolean; onOpenChange: (open: boolean) => void; onAsk?: (text: string) => Promise<void> }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    try {
      await props.onAsk!(text);
      setText("");
      toast(t("crisis.staffSent"));
      props.onOpenChange(false);
    } catch {
      toast(t("problem.network"));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={t("crisis.title")} text={t("crisis.intro")}>
      <div className="call-line">
        <p>{t("crisis.lifeline")}</p>
        <div className="row">
          <a className="button primary" href="tel:988">
            <Phone aria-hidden />
            {t("crisis.call")}
          </a>
          <a className="button" href="sms:988">
            <MessageCircle aria-hidden />
            {t("crisis.text")}
          </a>
        </div>
      </div>
      <div className="call-line">
        <p>{t("crisis.emergencyText")}</p>
        <a className="button danger" href="tel:911">
          <Phone aria-hidden />
          {t("crisis.emergency")}
        </a>
      </div>
      {props.onAsk && (
        <form
          className="call-line"
          onSubmit={(e) => {
            e.preventDefault();
            void ask();
          }}
        >
          <p>{t("crisis.staffText")}</p>
          <Field label={t("crisis.staffWords")}>
            {(ids) => (
              <textarea {...ids} className="input" rows={2} maxLength={1000} value={text} onChange={(e) => setText(e.target.value)} />
            )}
          </Field>
          <Button type="submit" look="primary" disabled={busy}>
            {t("crisis.staff")}
          </Button>
        </form>
      )}
    </Dialog>
  );
}
