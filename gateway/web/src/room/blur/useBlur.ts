import { useEffect, useRef, useState } from "react";
import type { BlurTrouble } from "./picture";
import { canReplaceFrames } from "./frames";
import { viewOf, type Found } from "./view";

export interface Blur {
  /** This browser can do it. */
  offered: boolean;
  /** The person wishes for it, now and the next time on this device. */
  wanted: boolean;
  /** A picture is on its way. */
  starting: boolean;
  trouble: BlurTrouble | null;
  set: (wanted: boolean) => void;
}

const key = "blur";
const nothing: Found = { camera: null, track: null };

function isRemembered(): boolean {
  try {
    return localStorage.getItem(key) === "1";
  } catch {
    return false;
  }
}

function remember(wanted: boolean): void {
  try {
    if (wanted) {
      localStorage.setItem(key, "1");
    } else {
      localStorage.removeItem(key);
    }
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}

/** The camera's picture as others may see it: blurred, or none, once the person asked for that. `end`: the camera is to be given back. */
export function useBlur(camera: MediaStreamTrack | null, end: () => void): { video: MediaStreamTrack | null; blur: Blur } {
  const [wanted, setWanted] = useState(isRemembered);
  const [found, setFound] = useState(nothing);
  const [trouble, setTrouble] = useState<BlurTrouble | null>(null);
  const latest = useRef(end);
  latest.current = end;
  useEffect(() => {
    if (!camera || !wanted) {
      return;
    }

    let over = false;
    let stop = () => undefined as void;
    setTrouble(null);
    const fail = (why: BlurTrouble) => {
      if (!over) {
        setTrouble(why);
        latest.current();
      }
    };
    // Its parts are fetched only when blur is asked for.
    import("./picture")
      .then(({ BlurredPicture }) => {
        if (!over) {
          const picture = new BlurredPicture(camera, (track) => !over && setFound({ camera, track }), fail);
          stop = () => picture.stop();
          return picture.start();
        }
      })
      .catch(() => fail("failed"));
    return () => {
      over = true;
      stop();
      setFound(nothing);
    };
  }, [camera, wanted]);
  const view = viewOf(camera, wanted, found);
  const set = (on: boolean) => {
    remember(on);
    setWanted(on);
    setTrouble(null);
  };
  const offered = canReplaceFrames() || Boolean(camera?.getCapabilities?.().backgroundBlur?.includes(true));
  return { video: view.video, blur: { offered, wanted, starting: view.starting, trouble, set } };
}
