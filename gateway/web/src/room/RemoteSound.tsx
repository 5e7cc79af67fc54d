import type { MediaState } from "@grouptherapy/room-client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "../i18n";
import { Volume2 } from "lucide-react";
import { Button } from "../ui/basics";

/** Everybody's sound. A browser that holds sound back until a tap is asked for one. */
export function RemoteSound({ media }: { media: MediaState }) {
  const { t } = useTranslation();
  const [blocked, setBlocked] = useState(false);
  const elements = useRef(new Set<HTMLAudioElement>());
  return (
    <div className="remote-sound">
      {Object.entries(media.remotes).map(
        ([id, remote]) =>
          remote.audio && (
            <Sound
              key={id}
              participantId={id}
              track={remote.audio}
              onElement={(e, on) => (on ? elements.current.add(e) : elements.current.delete(e))}
              onBlocked={() => setBlocked(true)}
            />
          ),
      )}
      {blocked && (
        <div className="sound-prompt" role="alert">
          <span>{t("room.soundBlocked")}</span>
          <Button
            look="primary"
            onClick={() => {
              elements.current.forEach((e) => void e.play().catch(() => undefined));
              setBlocked(false);
            }}
          >
            <Volume2 aria-hidden />
            {t("room.soundOn")}
          </Button>
        </div>
      )}
    </div>
  );
}

function Sound({
  participantId,
  track,
  onElement,
  onBlocked,
}: {
  participantId: string;
  track: MediaStreamTrack;
  onElement: (e: HTMLAudioElement, on: boolean) => void;
  onBlocked: () => void;
}) {
  const element = useRef<HTMLAudioElement>(null);
  const told = useRef({ onElement, onBlocked });
  told.current = { onElement, onBlocked };
  useEffect(() => {
    const audio = element.current!;
    told.current.onElement(audio, true);
    audio.srcObject = new MediaStream([track]);
    audio.play().catch((error: unknown) => error instanceof DOMException && error.name === "NotAllowedError" && told.current.onBlocked());
    return () => {
      told.current.onElement(audio, false);
      audio.srcObject = null;
    };
  }, [track]);
  return <audio ref={element} autoPlay data-participant={participantId} />;
}
