import { useTranslation } from "../i18n";
import { Button, Note, toast } from "../ui/basics";

/** Recovery codes, once. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="card stack wide" aria-labelledby="codes-title">
      <h2 id="codes-title">{t("account.recoveryCodes")}</h2>
      <Note look="warm">{t("account.recoveryShown")}</Note>
      <ol className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className="row">
        <Button
          look="plain"
          onClick={async () => {
            await navigator.clipboard.writeText(codes.join("\n"));
            toast(t("account.copied"));
          }}
        >
          {t("account.copy")}
        </Button>
        <Button look="primary" onClick={onDone}>
          {t("account.keptThem")}
        </Button>
      </div>
    </section>
  );
}
