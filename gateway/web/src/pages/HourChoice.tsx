import type { ReactNode } from "react";
import { useTranslation } from "../i18n";
import "../styles/hours.css";

/** A time of day to choose. */
export interface Hour {
  key: string;
  /** Minutes since midnight, on the clock that is shown. */
  minute: number;
  /** As it is read out: "10:45 AM". */
  text: string;
  /** Facts that the time alone does not say. */
  note?: string;
}

const parts = [
  ["night", 0],
  ["morning", 5 * 60],
  ["afternoon", 12 * 60],
  ["evening", 17 * 60],
] as const;

/** One of a few, as small as a thumb allows: radio buttons, so that arrow keys move among them and one Tab leaves them. */
export function Chip(props: { name: string; checked: boolean; onChoose: () => void; label?: string; children: ReactNode }) {
  return (
    <label className="chip">
      <input type="radio" name={props.name} checked={props.checked} onChange={props.onChoose} aria-label={props.label} />
      <span>{props.children}</span>
    </label>
  );
}

/** The free times of one day by its parts. What is morning or evening a heading says; each time says it to who cannot see. */
export function HourChoice(props: { name: string; hours: Hour[]; chosen: string; onChoose: (key: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="stack wide">
      {parts.map(([part, from], i) => {
        const until = parts[i + 1]?.[1] ?? 24 * 60;
        const some = props.hours.filter((h) => h.minute >= from && h.minute < until);
        return (
          some.length > 0 && (
            <div key={part} className="stack wide tight" role="group" aria-label={t(`times.${part}`)}>
              <p className="small soft" aria-hidden>
                {t(`times.${part}`)}
              </p>
              <div className="chips">
                {some.map((h) => (
                  <Chip
                    key={h.key}
                    name={props.name}
                    label={[h.text, h.note].filter(Boolean).join(", ")}
                    checked={props.chosen === h.key}
                    onChoose={() => props.onChoose(h.key)}
                  >
                    {/* "10:45 AM" stands under "Morning" already. */}
                    {h.text.replace(/\s*[ap]\.?\s?m\.?$/i, "")}
                    {h.note && <small>{h.note}</small>}
                  </Chip>
                ))}
              </div>
            </div>
          )
        );
      })}
    </div>
  );
}
