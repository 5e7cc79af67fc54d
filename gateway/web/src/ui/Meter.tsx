/** How much of something is taken, as a bar with its words. */
export function Meter({ value, of, text }: { value: number; of: number; text: string }) {
  return (
    <span className="meter">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden>
        <rect className="meter-whole" width="100" height="8" />
        <rect className="meter-part" width={of === 0 ? 0 : Math.min(100, (100 * value) / of)} height="8" />
      </svg>
      <span className="small">{text}</span>
    </span>
  );
}
