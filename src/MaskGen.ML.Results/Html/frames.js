/** Does a thing at most once per frame, however often it is asked for. */
export function oncePerFrame(action) {
  let pending = 0;
  return () => pending ||= requestAnimationFrame(() => {
    pending = 0;
    action();
  });
}
