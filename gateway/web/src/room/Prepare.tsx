import { useRef, useState, type FormEvent } from "react";
import { useTranslation } from "../i18n";
import { House, MapPin } from "lucide-react";
import { states } from "../i18n/places";
import { useProfile } from "../session/profile";
import { Button, Choice, Field, Note } from "../ui/basics";
import type { CameraPolicy } from "@grouptherapy/room-client";
import { DeviceCheck } from "./DeviceCheck";
import type { Devices } from "./devices";
import type { JoinFacts } from "./useRoom";

const empty: JoinFacts = { jurisdiction: null, address: "", alone: null, alias: "" };

/** The questions before the waiting room: location, privacy, name, and whether camera and microphone work. */
export function Prepare({
  leads,
  cameras,
  devices,
  before,
  onGo,
}: {
  leads: boolean;
  cameras: CameraPolicy | null;
  devices: Devices;
  before: JoinFacts | null;
  onGo: (facts: JoinFacts) => void;
}) {
  const { t } = useTranslation();
  const profile = useProfile(!leads);
  const home = profile.data?.residence;
  const homeState = home?.state && home.state in states ? home.state : null;
  const [facts, setFacts] = useState<JoinFacts>(before ?? empty);
  const [elsewhere, setElsewhere] = useState(false);
  const [missing, setMissing] = useState(false);
  const place = useRef<HTMLFieldSetElement>(null);
  const asksState = elsewhere || (profile.isFetched && !homeState);
  const change = (part: Partial<JoinFacts>) => {
    setMissing(false);
    setFacts((f) => ({ ...f, ...part }));
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!leads && !facts.jurisdiction) {
      setMissing(true);
      // On a phone the question may be far above the button.
      place.current?.scrollIntoView({ block: "start" });
      place.current?.querySelector<HTMLElement>("input, select")?.focus({ preventScroll: true });
      return;
    }

    onGo(facts);
  };

  return (
    <form className="stack wide" onSubmit={submit}>
      <h1>{t("join.title")}</h1>
      <div className={leads ? "one-column" : "two-columns"}>
        <div className="stack wide" hidden={leads}>
          {!leads && (
            <fieldset ref={place} className="card stack wide" aria-describedby="place-why">
              <legend>
                <h2>{t("join.placeTitle")}</h2>
              </legend>
              {profile.isPending && <div className="skeleton" />}
              {homeState && (
                <Choice
                  name="place"
                  checked={!elsewhere && facts.jurisdiction === `US-${homeState}`}
                  onChange={() => {
                    setElsewhere(false);
                    change({ jurisdiction: `US-${homeState}`, address: "" });
                  }}
                  label={
                    <span className="row together">
                      <House aria-hidden size={22} />
                      {home?.city
                        ? t("join.stillHome", { city: `${home.city}, ${states[homeState]}` })
                        : t("join.stillHomeNoCity", { state: states[homeState] })}
                    </span>
                  }
                />
              )}
              {homeState && (
                <Choice
                  name="place"
                  checked={elsewhere}
                  onChange={() => {
                    setElsewhere(true);
                    change({ jurisdiction: null });
                  }}
                  label={
                    <span className="row together">
                      <MapPin aria-hidden size={22} />
                      {t("join.elsewhere")}
                    </span>
                  }
                />
              )}
              {asksState && (
                <>
                  <Field label={t("join.state")}>
                    {(ids) => (
                      <select
                        {...ids}
                        className="input"
                        value={facts.jurisdiction ?? ""}
                        onChange={(e) => change({ jurisdiction: e.target.value || null })}
                      >
                        <option value="">{t("join.chooseState")}</option>
                        {Object.entries(states).map(([code, name]) => (
                          <option key={code} value={`US-${code}`}>
                            {name}
                          </option>
                        ))}
                        <option value="FOREIGN">{t("join.abroad")}</option>
                      </select>
                    )}
                  </Field>
                  <Field label={t("join.address")} hint={t("join.addressHint")}>
                    {(ids) => (
                      <input
                        {...ids}
                        className="input"
                        autoComplete="off"
                        maxLength={300}
                        value={facts.address}
                        onChange={(e) => change({ address: e.target.value })}
                      />
                    )}
                  </Field>
                </>
              )}
              {missing && (
                <Note look="danger" role="alert">
                  {t("join.placeNeeded")}
                </Note>
              )}
              <p className="soft small" id="place-why">
                {t("join.placeWhy")}
              </p>
            </fieldset>
          )}
          {!leads && (
            <fieldset className="card stack wide">
              <legend>
                <h2>{t("join.aloneTitle")}</h2>
              </legend>
              <div className="choices">
                <Choice name="alone" checked={facts.alone === true} onChange={() => change({ alone: true })} label={t("join.alone")} />
                <Choice name="alone" checked={facts.alone === false} onChange={() => change({ alone: false })} label={t("join.notAlone")} />
              </div>
              {facts.alone === false && (
                <Note look="warm" role="status">
                  {t("join.aloneHint")}
                </Note>
              )}
            </fieldset>
          )}
          {!leads && (
            <div className="card">
              <Field label={t("join.nameTitle")} hint={t("join.nameHint")}>
                {(ids) => (
                  <input
                    {...ids}
                    className="input"
                    autoComplete="off"
                    maxLength={40}
                    value={facts.alias}
                    onChange={(e) => change({ alias: e.target.value })}
                  />
                )}
              </Field>
            </div>
          )}
        </div>
        <section className="card stack wide" aria-labelledby="devices">
          <h2 id="devices">{t(cameras === "off" ? "devices.microphone" : "join.devices")}</h2>
          <DeviceCheck devices={devices} cameras={cameras} />
        </section>
      </div>
      <div className="go-bar">
        <Button type="submit" look="primary" size="large">
          {leads ? t("join.goLead") : t("join.go")}
        </Button>
      </div>
    </form>
  );
}
