import { lazy, Suspense, useId, useRef, useSyncExternalStore, type ButtonHTMLAttributes, type ReactNode } from "react";
import { useTranslation } from "../i18n";
import { X } from "lucide-react";

type Look = "primary" | "plain" | "quiet" | "danger" | "danger-soft" | "soft";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  size?: "large" | "wide" | "icon" | "large wide";
}

export function Button({ look = "soft", size, className = "", type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={`button ${look} ${size ?? ""} ${className}`} {...rest} />;
}

export function Field(props: {
  label: string;
  hint?: string;
  error?: string | null;
  children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ReactNode;
}) {
  const id = useId();
  const described = [props.hint && `${id}-hint`, props.error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.children({ id, "aria-describedby": described || undefined, "aria-invalid": props.error ? true : undefined })}
      {props.hint && (
        <span className="hint" id={`${id}-hint`}>
          {props.hint}
        </span>
      )}
      {props.error && (
        <span className="error" id={`${id}-error`} role="alert">
          {props.error}
        </span>
      )}
    </div>
  );
}

export function Choice(props: { name: string; label: ReactNode; checked: boolean; onChange: () => void }) {
  return (
    <label className="choice">
      <input type="radio" name={props.name} checked={props.checked} onChange={props.onChange} />
      <span>{props.label}</span>
    </label>
  );
}

export function Note({
  look = "",
  icon,
  children,
  role,
}: {
  look?: "" | "warm" | "danger" | "private";
  icon?: ReactNode;
  children: ReactNode;
  role?: "status" | "alert";
}) {
  return (
    <div className={`note ${look}`} role={role}>
      {icon}
      <div className="stack tight wide">{children}</div>
    </div>
  );
}

const RadixDialog = lazy(() => import("./RadixDialog"));

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text?: string;
  children: ReactNode;
}

/** A dialog; what it is made of is loaded once one has been opened, or the page has had a quiet moment. */
export function Dialog(props: DialogProps) {
  const used = useRef(false);
  used.current ||= props.open;
  return used.current ? (
    <Suspense fallback={null}>
      <RadixDialog {...props} />
    </Suspense>
  ) : null;
}

/** Has it at hand before it is needed: crisis help must open at once, without a connection too. */
export const fetchDialog = () => void import("./RadixDialog");

const toasts = { list: [] as { id: number; text: string }[], next: 1, listeners: new Set<() => void>() };

function setToasts(list: typeof toasts.list): void {
  toasts.list = list;
  toasts.listeners.forEach((l) => l());
}

/** A short word that goes away by itself. What matters longer stands in the page. */
export function toast(text: string): void {
  const id = toasts.next++;
  setToasts([...toasts.list.slice(-2), { id, text }]);
  setTimeout(() => setToasts(toasts.list.filter((o) => o.id !== id)), 7000);
}

const subscribeToasts = (listener: () => void) => {
  toasts.listeners.add(listener);
  return () => toasts.listeners.delete(listener);
};

export function Toasts() {
  const { t } = useTranslation();
  const list = useSyncExternalStore(subscribeToasts, () => toasts.list);
  return (
    <div className="toast-list" role="status" aria-live="polite">
      {list.map((one) => (
        <div key={one.id} className="toast">
          <span>{one.text}</span>
          <Button
            look="quiet"
            size="icon"
            aria-label={t("app.close")}
            onClick={() => setToasts(toasts.list.filter((o) => o.id !== one.id))}
          >
            <X aria-hidden />
          </Button>
        </div>
      ))}
    </div>
  );
}

/** The time, once a second or as often as asked. */
export { useNow } from "./useNow";
