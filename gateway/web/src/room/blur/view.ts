/** The result of blurring a camera's picture: a track, or none yet. */
export interface Found {
  camera: MediaStreamTrack | null;
  track: MediaStreamTrack | null;
}

/** The track that others may see of a camera. Once blur is wanted, nothing but a blurred picture of this very camera. Pure. */
export function viewOf(
  camera: MediaStreamTrack | null,
  wanted: boolean,
  found: Found,
): { video: MediaStreamTrack | null; starting: boolean } {
  if (!camera || !wanted) {
    return { video: camera, starting: false };
  }

  const video = found.camera === camera ? found.track : null;
  return { video, starting: video === null };
}
