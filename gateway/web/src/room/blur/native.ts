/** Asks the camera itself to blur, where it can: that costs this page nothing. True when it does. */
export async function blurNatively(track: MediaStreamTrack): Promise<boolean> {
  if (!track.getCapabilities?.().backgroundBlur?.includes(true)) {
    return false;
  }

  await track.applyConstraints({ ...track.getConstraints(), backgroundBlur: { exact: true } }).catch(() => undefined);
  return isBlurredNatively(track);
}

export const isBlurredNatively = (track: MediaStreamTrack): boolean => track.getSettings().backgroundBlur === true;

/** Shows the background again, where the system lets a page decide that. */
export function endNativeBlur(track: MediaStreamTrack): void {
  if (track.readyState === "live") {
    void track.applyConstraints({ ...track.getConstraints(), backgroundBlur: false }).catch(() => undefined);
  }
}
