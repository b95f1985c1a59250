// Waiting for a condition, never for a time: polls until it holds, and fails with its name when the deadline passes.
// The only place of these tests that knows timers.

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Resolves with the first truthy value of `condition` (which may be async; an exception counts as "not yet").
export async function until(what, condition, {within = 10_000, every = 10} = {}) {
  const deadline = performance.now() + within;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within} ms (last: ${last})`);
    await pause(every);
  }
}

// Rejects with `what` when `promise` takes longer.
export function within(milliseconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: longer than ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
