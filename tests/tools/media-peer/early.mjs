/**
 * As browsers do: the first packet of a handshake that comes before this side has begun it is kept until then. The sender would repeat it after a second.
 * The library drops it.
 */
export function keepEarly(pc) {
  const held = new Set();
  pc.iceConnectionStateChange.subscribe(() => pc.iceTransports.filter((t) => !held.has(t)).forEach((t) => (held.add(t), hold(t.connection.onData))));
  return pc;
}

function hold(onData) {
  const [pass, kept] = [onData.execute, []];
  const isBegun = () => onData.event.stack.length > 0;
  const give = () => (isBegun() ? kept.splice(0).forEach((data) => pass(...data)) : setTimeout(give, 2).unref());
  onData.execute = (...data) => {
    const isHandshake = data[0][0] >= 20 && data[0][0] <= 63;
    if (!isHandshake || isBegun()) pass(...data);
    else if (kept.push(data) === 1) give();
  };
}
